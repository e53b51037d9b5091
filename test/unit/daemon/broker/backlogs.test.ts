import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { openTestBroker, report, to } from '../../../support/broker.ts';
import type { TestBroker } from '../../../support/broker.ts';

const SENDERS = ['alice', 'zoe', 'operator'] as const;

/** What the table says of bob's queue. */
function counted({ hive }: TestBroker): { remaining: number; waiting: { from: string; count: number }[] } {
  const senders = hive.db
    .prepare<[], { sender: string }>(
      `SELECT m.sender FROM deliveries d JOIN messages m ON m.id = d.message_id
       WHERE d.recipient = 'bob' AND d.state = 'queued' ORDER BY d.id`,
    )
    .all()
    .map(({ sender }) => sender);
  const counts = new Map<string, number>();
  for (const from of senders.slice(0, 16)) counts.set(from, (counts.get(from) ?? 0) + 1);
  return { remaining: senders.length, waiting: [...counts].map(([from, count]) => ({ from, count })) };
}

/** One turn of bob: what it is told of the rest is what the table says. */
async function takeTurn(hive: TestBroker, session: number, outcome: 'ok' | 'cancelled'): Promise<void> {
  const { turn, deliveries, remaining, waiting } = await hive.next(session, 2);
  assert.deepEqual({ remaining, waiting }, counted(hive));
  const presented = deliveries.map((row) => row.delivery);
  await hive.broker.turnEnd(session, report(turn, outcome, presented));
}

/** Sends of one group; one of them may be to nobody, so that the whole group is undone and run again. */
async function sendTogether(hive: TestBroker, senders: readonly string[], oneFails: boolean): Promise<void> {
  const sends = senders.map((from) => hive.broker.send(from as 'operator', to('bob', from)));
  if (oneFails) sends.push(hive.broker.send('alice', to('nobody', 'x')));
  const failed = (await Promise.allSettled(sends)).filter(({ status }) => status === 'rejected');
  assert.equal(failed.length, oneFails ? 1 : 0);
}

const step = fc.oneof(
  fc.record({ senders: fc.array(fc.constantFrom(...SENDERS), { maxLength: 40 }), oneFails: fc.boolean() }),
  fc.record({ turns: fc.integer({ min: 1, max: 20 }), outcome: fc.constantFrom('ok' as const, 'cancelled' as const) }),
);

test('every turn is told what its queue holds, whatever was sent, undone, acked or given back before', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
      await using hive = await openTestBroker(['alice', 'zoe', 'bob']);
      const session = await hive.connect('bob');
      for (const one of steps) {
        if ('senders' in one) await sendTogether(hive, one.senders, one.oneFails);
        else
          for (let turn = 0; turn < one.turns && counted(hive).remaining > 0; turn++)
            await takeTurn(hive, session, one.outcome);
      }
    }),
    { numRuns: 12 },
  );
});

test('what an undone group changed in a queue is forgotten, not told', async () => {
  await using hive = await openTestBroker(['alice', 'zoe', 'bob']);
  const session = await hive.connect('bob');
  await sendTogether(hive, ['alice', 'alice', 'alice', 'alice'], false);
  await takeTurn(hive, session, 'ok');
  await sendTogether(hive, ['zoe', 'alice'], true);
  await takeTurn(hive, session, 'ok');
  await sendTogether(hive, ['zoe'], true);
  await takeTurn(hive, session, 'ok');
});
