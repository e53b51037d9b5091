import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { openTestBroker } from '../../../support/broker.ts';
import type { TestBroker } from '../../../support/broker.ts';
import { createTestScheduler } from '../../../support/scheduler.ts';

const ONCE = 1000;
const SCHEDULES = 40;

async function setDue(hive: TestBroker): Promise<void> {
  await hive.hive.writer.write('test', (tx) => {
    const insert = tx.db.prepare(
      `INSERT INTO reminders (agent, message, due_at, cron, timezone, state, set_by, created_at)
       VALUES ('alice', 'look', ?, ?, 'UTC', 'pending', 'alice', 0)`,
    );
    for (let count = 0; count < ONCE; count++) insert.run(tx.now - count, null);
    for (let count = 0; count < SCHEDULES; count++) insert.run(tx.now - 3_600_000, '0 * * * *');
  });
}

function count(hive: TestBroker, table: string): number {
  return (hive.hive.db.prepare(`SELECT count(*) AS many FROM ${table}`).get() as { many: number }).many;
}

async function turnsOfLoop(many: number): Promise<void> {
  for (let turn = 0; turn < many; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test('stopped at any instant, the scheduler ends at once, and the next start fires the rest: each once', async () => {
  const stops = new Set<number>();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(8), { minLength: 1, maxLength: 4 }), async (instants) => {
      await using hive = await openTestBroker(['alice']);
      await setDue(hive);
      for (const instant of instants) {
        const scheduler = createTestScheduler(hive);
        const started = scheduler.start();
        await turnsOfLoop(instant);
        await scheduler[Symbol.asyncDispose]();
        await started;
        const fired = count(hive, 'reminder_firings');
        stops.add(fired);
        await turnsOfLoop(10);
        assert.equal(count(hive, 'reminder_firings'), fired, 'nothing fires after the stop');
        assert.equal(count(hive, 'messages'), fired);
        assert.equal(hive.hive.clock.timers(), 0, 'no timer is left');
      }
      await using scheduler = createTestScheduler(hive);
      await scheduler.start();
      assert.equal(count(hive, 'reminder_firings'), ONCE + SCHEDULES);
      assert.equal(count(hive, 'messages'), ONCE + SCHEDULES);
      assert.equal(count(hive, 'deliveries'), ONCE + SCHEDULES);
    }),
    { numRuns: 25 },
  );
  assert.ok(stops.size > 2, `it was stopped in between: ${[...stops].join(', ')}`);
});

test('a batch that cannot be stored is tried again; stopping does not wait for that', async () => {
  await using hive = await openTestBroker(['alice']);
  await setDue(hive);
  const { db, clock, log } = hive.hive;
  const prepare = db.prepare.bind(db);
  let broken = true;
  db.prepare = (text: string) => {
    if (broken && text.includes('INTO reminder_firings')) throw new Error('not now');
    return prepare(text);
  };
  const scheduler = createTestScheduler(hive);
  const started = scheduler.start();
  await clock.advance(0);
  assert.equal(log.errors.length, 1);
  assert.equal(count(hive, 'messages'), 0, 'nothing of a batch that failed');
  const stopped = createTestScheduler(hive);
  const other = stopped.start();
  await clock.advance(0);
  await stopped[Symbol.asyncDispose]();
  await other;
  broken = false;
  await clock.advance(1000);
  await started;
  await clock.advance(0);
  assert.equal(count(hive, 'messages'), ONCE + SCHEDULES);
  await scheduler[Symbol.asyncDispose]();
});
