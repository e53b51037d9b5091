import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { NO_GUARDS } from '#src/daemon/broker/index.ts';
import { openTestBroker, report, to } from '../../../support/broker.ts';
import type { TestBroker } from '../../../support/broker.ts';
import { forget } from '../../../support/retention.ts';
import { AGENTS, Driven, SETTINGS, step } from '../../../support/queue-steps.ts';

test('memory and table say the same of every queue after whatever was sent, taken, undone, parked, given up or removed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40, size: 'max' }), async (steps) => {
      await using hive = await openTestBroker([...AGENTS], { settings: SETTINGS });
      await new Driven(hive).run(steps);
    }),
    { numRuns: Number(process.env['HIVE_QUEUE_RUNS'] ?? 12) },
  );
});

/** Bob with a turn behind him, so that rows of his queue are remembered. */
async function openWithTurn(settings: Parameters<typeof openTestBroker>[1] = {}): Promise<[TestBroker, number]> {
  const hive = await openTestBroker([...AGENTS], settings);
  const session = await hive.connect('bob');
  await hive.broker.send('alice', to('bob', 'before'));
  const { turn, deliveries } = await hive.next(session, 1);
  await hive.broker.turnEnd(session, report(turn, 'ok', [deliveries[0]?.delivery ?? 0]));
  return [hive, session];
}

/** Something that fails once all operations of its transaction ran: each of them runs again by itself. */
function failAtTheEnd({ hive }: TestBroker): Promise<void> {
  return hive.writer.write('test', (tx) => tx.beforeCommit('planted', () => assert.fail('planted')));
}

test('what an undone transaction took from a queue is taken again in order', async () => {
  const [opened, session] = await openWithTurn();
  await using hive = opened;
  for (const body of ['first', 'second', 'third']) await hive.broker.send('alice', to('bob', body));
  const [next] = await Promise.all([hive.next(session, 1), failAtTheEnd(hive)]);
  assert.deepEqual([next.deliveries[0]?.body, next.remaining], ['first', 2]);
  assert.ok(await hive.broker.checkQueues());
});

test('what an undone transaction gave back to a queue is given back again', async () => {
  const [opened, session] = await openWithTurn();
  await using hive = opened;
  for (const body of ['first', 'second', 'third']) await hive.broker.send('alice', to('bob', body));
  const { turn } = await hive.next(session, 2);
  await Promise.all([hive.broker.turnEnd(session, report(turn, 'cancelled')), failAtTheEnd(hive)]);
  assert.equal(told(hive), 0);
  assert.ok(await hive.broker.checkQueues());
  assert.deepEqual(
    (await hive.next(session, 4)).deliveries.map(({ body }) => body),
    ['first', 'second', 'third'],
  );
});

test('mail that has the numbers of what was undone before a turn began is new to it', async () => {
  const [opened, session] = await openWithTurn();
  await using hive = opened;
  await hive.broker.send('alice', to('bob', 'first'));
  const due = [1, 2, 3].map(() => ({ to: 'zoe', from: 'zoe', body: 'never', depth: 0 }));
  const undone = hive.hive.writer.write('test', (tx) => {
    hive.broker.enqueueReminders(tx, due);
    assert.fail('planted');
  });
  await assert.rejects(undone, /planted/);
  const { turn } = await hive.next(session, 1);
  assert.deepEqual(hive.broker.mailWaiting(session, turn), { count: 0, senders: [] });
  await hive.broker.send('alice', to('bob', 'second'));
  assert.deepEqual(hive.broker.mailWaiting(session, turn), { count: 1, senders: ['alice'] });
});

test('what a released pair said begins anew, also where it was remembered as a reply', async () => {
  const guards = { ...NO_GUARDS, loop: { depth: 10, messages: 3, window_seconds: 10_000 } };
  const [opened, session] = await openWithTurn({ settings: { guards } });
  await using hive = opened;
  const alice = await hive.connect('alice');
  await hive.broker.send('bob', to('alice', 'why?'));
  const { turn } = await hive.next(alice, 1);
  await hive.broker.send('alice', to('bob', 'because'));
  await hive.broker.send('alice', to('bob', 'one too many'));
  assert.equal(hive.hive.db.prepare("SELECT depth FROM messages WHERE body = 'because'").pluck().get(), 1);
  await hive.broker.turnEnd(alice, report(turn, 'ok'));
  await hive.broker.releasePair(hive.broker.parkedPairs(1)[0]?.id ?? 0);
  const taken = await hive.next(session, 1);
  assert.equal(taken.deliveries[0]?.body, 'because');
  assert.equal(hive.hive.db.prepare('SELECT depth FROM turns WHERE id = ?').pluck().get(taken.turn), 0);
});

/** Changes deliveries as only a defect would: past the broker. */
async function plant({ hive }: TestBroker, sql: string): Promise<void> {
  await hive.writer.write('defect', (tx) => tx.db.prepare(sql).run());
}

/** What was logged of queues that differed. */
function told({ hive }: TestBroker): number {
  return hive.log.errors.filter((error) => JSON.stringify(error).includes('the queues are read again')).length;
}

for (const rememberedBefore of [false, true])
  test(`what is not queued any more is not handed out: it is logged, and what comes after it is${rememberedBefore ? ', also when its row was remembered' : ''}`, async () => {
    await using hive = await openTestBroker([...AGENTS]);
    const session = await hive.connect('bob');
    for (const body of ['first', 'second', 'third', 'fourth']) await hive.broker.send('alice', to('bob', body));
    if (rememberedBefore) {
      const { turn, deliveries } = await hive.next(session, 1);
      await hive.broker.turnEnd(session, report(turn, 'ok', [deliveries[0]?.delivery ?? 0]));
    }
    await plant(hive, "UPDATE deliveries SET state = 'acked' WHERE id = 2");
    const { turn, deliveries, remaining } = await hive.next(session, 4);
    assert.deepEqual(
      deliveries.map(({ body }) => body),
      rememberedBefore ? ['third', 'fourth'] : ['first', 'third', 'fourth'],
    );
    assert.equal(remaining, 0);
    assert.equal(told(hive), 1);
    const presented = deliveries.map((row) => row.delivery);
    assert.deepEqual((await hive.broker.turnEnd(session, report(turn, 'ok', presented))).acked, presented);
    assert.ok(await hive.broker.checkQueues());
  });

test('queues that were read again in a transaction that is undone are read once more', async () => {
  await using hive = await openTestBroker([...AGENTS]);
  const session = await hive.connect('bob');
  for (const body of ['first', 'second']) await hive.broker.send('alice', to('bob', body));
  await plant(hive, "UPDATE deliveries SET state = 'acked' WHERE id = 1");
  const calls = [hive.broker.send('alice', to('zoe', 'third')), hive.next(session, 1), failAtTheEnd(hive)];
  const [, next] = await Promise.allSettled(calls);
  assert.equal(next?.status, 'fulfilled');
  assert.equal(told(hive), 1);
  assert.ok(await hive.broker.checkQueues());
  assert.deepEqual([hive.broker.counts('bob').queued, hive.broker.counts('zoe').queued], [0, 1]);
});

test('a check tells of what only the memory calls queued', async () => {
  await using hive = await openTestBroker([...AGENTS]);
  for (const body of ['first', 'second']) await hive.broker.send('alice', to('bob', body));
  await plant(hive, "UPDATE deliveries SET state = 'acked' WHERE id = 2");
  assert.equal(await hive.broker.checkQueues(), false);
  assert.equal(hive.broker.counts('bob').queued, 1);
});

test('what a defect queued past the memory reaches whoever waits for it with the next run of retention, and is logged', async () => {
  await using hive = await openTestBroker([...AGENTS]);
  const session = await hive.connect('bob');
  await hive.broker.send('operator', to('alice', 'elsewhere'));
  const waiting = hive.next(session, 1);
  await hive.hive.clock.advance(0);
  await plant(hive, "UPDATE deliveries SET recipient = 'bob' WHERE id = 1");
  await forget(hive);
  assert.equal((await waiting).deliveries[0]?.body, 'elsewhere');
  assert.equal(told(hive), 1);
  assert.equal(hive.broker.counts('alice').queued, 0);
});

test('queues of before are there after a restart, longer ones than are compared at once too', async () => {
  await using hive = await openTestBroker([...AGENTS]);
  const sends = Array.from({ length: 2500 }, (_, index) =>
    hive.broker.send('operator', to(AGENTS[index % 3] ?? '', 'x')),
  );
  await Promise.all(sends);
  await hive.broker[Symbol.asyncDispose]();
  const again = await openTestBroker([], { hive: hive.hive });
  assert.deepEqual(
    AGENTS.map((name) => again.broker.counts(name).queued),
    [834, 833, 833],
  );
  assert.ok(await again.broker.checkQueues());
  await plant(again, 'UPDATE deliveries SET wakes = 0 WHERE id = 2400');
  assert.equal(await again.broker.checkQueues(), false);
  assert.ok(await again.broker.checkQueues());
  assert.equal(told(again), 1);
});
