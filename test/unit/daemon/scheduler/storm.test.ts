import assert from 'node:assert/strict';
import test from 'node:test';
import { reminderWork } from '#src/daemon/scheduler/fire-reminders.ts';
import type { TestBroker } from '../../../support/broker.ts';
import { openTestBroker } from '../../../support/broker.ts';

const AGENTS = ['alice', 'bob', 'carol'];
const EACH = 1000;
const BATCH = 100;

/** Due ones of all agents, mixed; the first that is set is not the first that is due. */
async function setDue(hive: TestBroker): Promise<void> {
  await hive.hive.writer.write('test', (tx) => {
    const insert = tx.db.prepare(
      `INSERT INTO reminders (agent, message, due_at, state, set_by, created_at) VALUES (?, ?, ?, 'pending', 'operator', 0)`,
    );
    for (let index = 0; index < EACH * AGENTS.length; index++)
      insert.run(AGENTS[index % AGENTS.length], `${index}`, tx.now - 60_000 + ((index * 7919) % 60_000));
  });
}

/** Fires one batch; answers how many it did. */
async function fireBatch(hive: TestBroker, work: ReturnType<typeof reminderWork>): Promise<number> {
  return hive.hive.writer.write('test', (tx) => work.fire(tx, BATCH));
}

function all<Row>(hive: TestBroker, sql: string): Row[] {
  return hive.hive.db.prepare<[], Row>(sql).all();
}

function assertInOrder(hive: TestBroker): void {
  const steps = `SELECT due_at - lag(due_at) OVER (PARTITION BY agent ORDER BY message_id) AS step FROM reminder_firings`;
  assert.deepEqual(all(hive, `SELECT step FROM (${steps}) WHERE step < 0`), []);
}

test('of many that are due at once each agent gets its own in the order of their due times, and what changed meanwhile counts', async () => {
  await using hive = await openTestBroker(AGENTS);
  await setDue(hive);
  const { clock, log, writer } = hive.hive;
  const work = reminderWork({ hooks: hive.broker, clock, log });
  assert.equal(await fireBatch(hive, work), BATCH);
  const last = `SELECT max(id) AS id FROM reminders WHERE state = 'pending' AND agent = 'alice'`;
  await writer.write('test', (tx) => {
    tx.db.exec(`UPDATE reminders SET state = 'cancelled' WHERE id = (${last})`);
    tx.db.exec(`UPDATE reminders SET due_at = ${tx.now + 60_000} WHERE id = (${last})`);
    tx.db.exec(`UPDATE agents SET removed_at = 1 WHERE name = 'carol'`);
  });
  while ((await fireBatch(hive, work)) > 0);
  const states = all<object>(hive, 'SELECT agent, state, count(*) AS many FROM reminders GROUP BY agent, state');
  assert.deepEqual(states, [
    { agent: 'alice', state: 'cancelled', many: 1 },
    { agent: 'alice', state: 'fired', many: EACH - 2 },
    { agent: 'alice', state: 'pending', many: 1 },
    { agent: 'bob', state: 'fired', many: EACH },
    { agent: 'carol', state: 'cancelled', many: EACH },
  ]);
  const fired =
    'FROM reminder_firings f JOIN messages m ON m.id = f.message_id JOIN reminders r ON r.id = f.reminder_id';
  const told = all<{ many: number }>(hive, `SELECT count(*) AS many ${fired} WHERE m.body GLOB r.message || '*'`);
  assert.deepEqual(told, [{ many: 2 * EACH - 2 }], 'each firing knows its message');
  assertInOrder(hive);
});

test('a batch that is undone fires again, nothing of it is passed over', async () => {
  await using hive = await openTestBroker(AGENTS);
  await setDue(hive);
  const { clock, log, writer } = hive.hive;
  const work = reminderWork({ hooks: hive.broker, clock, log });
  await fireBatch(hive, work);
  const undone = writer.write('test', (tx) => {
    work.fire(tx, BATCH);
    throw new Error('not now');
  });
  await assert.rejects(undone, /not now/);
  let fired = BATCH;
  for (let many = 1; many > 0; fired += many) many = await fireBatch(hive, work);
  assert.equal(fired, EACH * AGENTS.length);
  assert.deepEqual(all(hive, 'SELECT count(*) AS many FROM reminder_firings'), [{ many: fired }]);
  assertInOrder(hive);
});
