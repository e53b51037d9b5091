import assert from 'node:assert/strict';
import test from 'node:test';
import { openTestBroker, report, to } from '../../../support/broker.ts';
import type { TestBroker } from '../../../support/broker.ts';

const KIB = 1024;

/** Bob's next turn after he was sent these bodies by alice. */
async function woken(hive: TestBroker, bodies: string[]): ReturnType<TestBroker['next']> {
  for (const body of bodies) await hive.broker.send('alice', to('bob', body));
  return hive.next(await hive.connect('bob'));
}

test('a turn begins with up to four small messages, and is told who sent the rest', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  for (const from of ['operator', 'operator', 'alice', 'alice', 'alice', 'operator', 'alice'])
    await hive.broker.send(from, to('bob', `from ${from}`));
  const turn = await hive.next(await hive.connect('bob'));
  assert.deepEqual([turn.deliveries.length, turn.remaining, turn.note], [4, 3, null]);
  assert.deepEqual(turn.waiting, [
    { from: 'alice', count: 2 },
    { from: 'operator', count: 1 },
  ]);
});

test('a turn begins with 8 KiB of messages at the most; a first one that is longer comes alone', async () => {
  for (const [sizes, taken] of [
    [[4 * KIB, 4 * KIB], 2],
    [[4 * KIB, 4 * KIB + 1], 1],
    [[64 * KIB, 1], 1],
    [[1, 2 * KIB, 64 * KIB, 1], 2],
  ] as const) {
    await using hive = await openTestBroker(['alice', 'bob']);
    const turn = await woken(hive, sizes.map((size) => 'x'.repeat(size))); // prettier-ignore
    assert.deepEqual([turn.deliveries.length, turn.remaining], [taken, sizes.length - taken], JSON.stringify(sizes));
  }
});

test('a turn of a message that failed before is told that the rest is not for it', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const session = await hive.connect('bob');
  await hive.broker.send('alice', to('bob', 'breaks'));
  const first = await hive.next(session);
  await hive.broker.send('alice', to('bob', 'later'));
  await hive.broker.turnEnd(session, report(first.turn, 'failed', [first.deliveries[0]!.delivery]));
  await hive.hive.clock.advance(10_000);
  const again = await hive.next(session);
  assert.deepEqual([again.deliveries.length, again.remaining], [1, 1]);
  assert.match(again.note ?? '', /one by one/);
  await hive.broker.send('alice', to('bob', 'and later'));
  assert.equal(hive.broker.mailWaiting(session, again.turn).count, 0, 'no hook sends for what recv refuses');
  const tried = await hive.broker.recv('bob', { max: 5, turn: again.turn }, new AbortController().signal);
  assert.deepEqual(tried, { messages: [], remaining: 2, note: again.note, earlier: [] });
});

test('a turn before a message that failed is told that this one comes with the next', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const session = await hive.connect('bob');
  await hive.broker.send('alice', to('bob', 'one'));
  await hive.broker.send('alice', to('bob', 'two'));
  const both = await hive.next(session);
  const [, second] = both.deliveries;
  await hive.broker.turnEnd(session, report(both.turn, 'failed', [second!.delivery]));
  await hive.hive.clock.advance(10_000);
  const turn = await hive.next(session);
  assert.deepEqual(turn.deliveries.map(({ body }) => body), ['one']); // prettier-ignore
  assert.match(turn.note ?? '', /comes alone with your next turn/);
  const tried = await hive.broker.recv('bob', { max: 5, turn: turn.turn }, new AbortController().signal);
  assert.deepEqual(tried, { messages: [], remaining: 1, note: turn.note, earlier: [] });
});
