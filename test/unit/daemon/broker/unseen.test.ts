import assert from 'node:assert/strict';
import test from 'node:test';
import { openTestBroker, report, to } from '../../../support/broker.ts';
import type { TestBroker } from '../../../support/broker.ts';

type Turn = Awaited<ReturnType<TestBroker['next']>>;

const ids = (turn: Turn): number[] => turn.deliveries.map((row) => row.delivery);

/** Sends to bob and takes the turn that it makes. */
async function takeTurn(hive: TestBroker, session: number, ...texts: string[]): Promise<Turn> {
  for (const text of texts) await hive.broker.send('alice', to('bob', text));
  return hive.next(session);
}

test('F26: what was certainly not seen is never acked: it comes again, unmarked, without an attempt', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const session = await hive.connect('bob');
  const turn = await takeTurn(hive, session, 'one', 'two');
  const [first = 0, second = 0] = ids(turn);
  const end = await hive.broker.turnEnd(session, report(turn.turn, 'ok', [first], [second]));
  assert.deepEqual(end, { acked: [first], requeued: [second] });
  const again = await hive.next(session);
  assert.deepEqual(
    again.deliveries.map((row) => [row.body, row.redelivered]),
    [['two', 0]],
  );
});

for (const outcome of ['ok', 'failed', 'cancelled'] as const) {
  test(`F26: what a program took and nobody knows whether it saw comes again marked, without an attempt (${outcome})`, async () => {
    await using hive = await openTestBroker(['alice', 'bob']);
    const session = await hive.connect('bob');
    const turn = await takeTurn(hive, session, 'one');
    await hive.broker.send('alice', to('bob', 'two'));
    await hive.broker.recv('bob', { max: 32, turn: turn.turn }, new AbortController().signal);
    const sent = await hive.broker.send('bob', { ...to('alice', 'I began'), turn: turn.turn });
    await hive.broker.presented('bob', { turn: turn.turn, deliveries: ids(turn) });
    await hive.broker.turnEnd(session, report(turn.turn, outcome));
    const waiting = hive.next(session);
    await hive.hive.clock.advance(5000);
    const again = await takeAfter(hive, session, await waiting);
    const [two] = again.deliveries.filter(({ body }) => body === 'two');
    assert.equal(two?.redelivered, 1);
    assert.ok(again.earlier.some(({ summary }) => summary.includes(`message ${sent.id}`)));
    const [message] = hive.broker.messages({ max: 10 }).messages.filter(({ body }) => body === 'two');
    assert.equal(message?.deliveries[0]?.attempts, 0);
  });
}

/** The turn that holds "two": this one, or the next when what failed came alone. */
async function takeAfter(hive: TestBroker, session: number, turn: Turn): Promise<Turn> {
  if (turn.deliveries.some(({ body }) => body === 'two')) return turn;
  await hive.broker.turnEnd(session, report(turn.turn, 'ok', ids(turn)));
  return hive.next(session);
}
