import assert from 'node:assert/strict';
import test from 'node:test';
import { openTestBroker, report } from '../../../support/broker.ts';
import { arrivedReminders as arrived, createTestScheduler } from '../../../support/scheduler.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test('a schedule fires at each of its times in its zone, and stays pending', async () => {
  await using hive = await openTestBroker(['alice']);
  await using scheduler = createTestScheduler(hive);
  await scheduler.start();
  const set = await scheduler.remind('alice', 'alice', { message: 'stand up', cron: '30 13,14 * * *' });
  assert.deepEqual(set, {
    id: 1,
    due_at: Date.UTC(2026, 0, 5, 12, 30),
    cron: '30 13,14 * * *',
    timezone: 'Europe/Berlin',
  });
  await hive.hive.clock.advance(30 * MINUTE - 1);
  assert.deepEqual(await arrived(hive, 'alice'), []);
  await hive.hive.clock.advance(HOUR + 1);
  assert.deepEqual(await arrived(hive, 'alice'), ['stand up', 'stand up']);
  const [pending] = scheduler.reminders({ max: 50 });
  assert.equal(pending?.due_at, Date.UTC(2026, 0, 6, 12, 30));
  assert.equal(hive.broker.counts('alice').reminders, 1);
});

test('a schedule that missed ten times fires once and says so', async () => {
  await using hive = await openTestBroker(['alice']);
  const before = createTestScheduler(hive);
  await before.remind('alice', 'alice', { message: 'look', cron: '0 * * * *', timezone: 'UTC' });
  await before[Symbol.asyncDispose]();
  hive.hive.clock.jump(11 * HOUR + 30 * MINUTE);
  await using scheduler = createTestScheduler(hive);
  await scheduler.start();
  assert.deepEqual(await arrived(hive, 'alice'), [
    'look\n\n(late: this was due at 2026-01-05T13:00:00.000Z, 630 minutes ago; 10 later times were missed since, and will not fire)',
  ]);
  assert.equal(scheduler.reminders({ max: 1 })[0]?.due_at, Date.UTC(2026, 0, 6, 0));
});

test('a year of missed minutes fires once', async () => {
  await using hive = await openTestBroker(['alice']);
  const before = createTestScheduler(hive);
  await before.remind('alice', 'alice', { message: 'look', cron: '* * * * *' });
  await before[Symbol.asyncDispose]();
  hive.hive.clock.jump(365 * DAY);
  await using scheduler = createTestScheduler(hive);
  await scheduler.start();
  assert.match((await arrived(hive, 'alice')).join(), /^look\n\n\(late: .*; 100 or more later times were missed since/);
});

test('pending ones are listed with the next first, long messages cut; an agent sees its own, a person everybody’s', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  await using scheduler = createTestScheduler(hive);
  await scheduler.remind('alice', 'alice', { message: 'later', delay_seconds: 7200 });
  await scheduler.remind('operator', 'bob', { message: 'x'.repeat(700), delay_seconds: 3600 });
  await scheduler.remind('alice', 'alice', { message: 'soon', delay_seconds: 60 });
  const said = (agent?: string): string[] => scheduler.reminders({ agent, max: 50 }).map(({ message }) => message);
  assert.deepEqual(said('alice'), ['soon', 'later']);
  assert.deepEqual(said(), ['soon', `${'x'.repeat(500)}… (200 more characters)`, 'later']);
  assert.deepEqual(said('zoe'), []);
  assert.equal(scheduler.reminders({ max: 1 }).length, 1);
  assert.equal(scheduler.reminders({ agent: 'bob', max: 1 })[0]?.set_by, 'operator');
});

test('one that was cancelled does not fire; mallory cancels nobody else’s, the operator anybody’s', async () => {
  await using hive = await openTestBroker(['alice', 'mallory']);
  await using scheduler = createTestScheduler(hive);
  await scheduler.start();
  await scheduler.remind('alice', 'alice', { message: 'one', delay_seconds: 60 });
  await scheduler.remind('alice', 'alice', { message: 'two', delay_seconds: 60 });
  await scheduler.remind('alice', 'alice', { message: 'three', delay_seconds: 60 });
  await assert.rejects(scheduler.cancel('mallory', { id: 1 }), {
    code: 'forbidden',
    message: /reminder 1 is not yours/,
  });
  await assert.rejects(scheduler.cancel('alice', { id: 9 }), { code: 'not_found', message: /no reminder 9/ });
  const cancel = (): Promise<{ message: string }> => scheduler.cancel('alice', { id: 1, key: 'cancel-1' });
  assert.equal((await cancel()).message, 'one');
  assert.deepEqual(await cancel(), await cancel(), 'the same key, the same answer');
  await assert.rejects(scheduler.cancel('alice', { id: 1 }), { code: 'conflict', message: /been cancelled already/ });
  await scheduler.cancel('operator', { id: 2 });
  await hive.hive.clock.advance(MINUTE);
  assert.deepEqual(await arrived(hive, 'alice'), ['three']);
  await assert.rejects(scheduler.cancel('alice', { id: 3 }), { code: 'conflict', message: /fired already/ });
});

test('a removed agent’s reminders and schedules are cancelled, and say so', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  await using scheduler = createTestScheduler(hive);
  await scheduler.start();
  await scheduler.remind('alice', 'alice', { message: 'daily', cron: '0 9 * * *' });
  await scheduler.remind('bob', 'bob', { message: 'mine', cron: '0 9 * * *' });
  const events: unknown[] = [];
  hive.hive.writer.onEvents((group) => void events.push(...group.filter(({ type }) => type === 'reminder.cancelled')));
  await hive.hive.writer.write('test', (tx) =>
    tx.db.prepare(`UPDATE agents SET removed_at = 1 WHERE name = 'alice'`).run(),
  );
  await hive.broker.agentRemoved('alice');
  assert.deepEqual(
    scheduler.reminders({ max: 9 }).map(({ message }) => message),
    ['mine'],
  );
  assert.equal(events.length, 1);
});

test('the most that may be pending and the rate are refused with their numbers and how to cancel', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  await using scheduler = createTestScheduler(hive, { pending: 3, burst: 5, per_minute: 2 });
  const remind = (key?: string): Promise<{ id: number }> =>
    scheduler.remind('alice', 'alice', { message: 'look', delay_seconds: 60, ...(key && { key }) });
  const first = await remind('first-one');
  for (let count = 0; count < 2; count++) await remind();
  await assert.rejects(remind(), {
    code: 'limited',
    message: /alice has 3 pending reminders, the most is 3: cancel .*cancel_reminder, or hive reminders cancel ID/,
  });
  assert.deepEqual(await remind('first-one'), first, 'what was set already is answered, full or not');
  for (let id = 1; id <= 2; id++) await scheduler.cancel('alice', { id });
  for (let count = 0; count < 2; count++) await remind();
  await scheduler.cancel('alice', { id: 3 });
  await assert.rejects(remind(), {
    code: 'limited',
    message: /alice may set 5 reminders at once and 2 a minute: wait 30 s; cancel .*hive reminders cancel ID/,
  });
  assert.deepEqual(await remind('first-one'), first);
  await scheduler.remind('operator', 'alice', { message: 'a person may', delay_seconds: 1 });
  await scheduler.cancel('operator', { id: 4 });
  await hive.hive.clock.advance(30_000);
  await remind();
});

test('a person’s reminders are not limited, and use up nothing of the agent’s', async () => {
  await using hive = await openTestBroker(['alice']);
  await using scheduler = createTestScheduler(hive, { pending: 2, burst: 5, per_minute: 2 });
  const remind = (by: string): Promise<unknown> =>
    scheduler.remind(by, 'alice', { message: 'look', delay_seconds: 60 });
  for (let count = 0; count < 4; count++) await remind('operator');
  for (let count = 0; count < 2; count++) await remind('alice');
  await assert.rejects(remind('alice'), { message: /alice has 2 pending reminders, the most is 2/ });
  await remind('operator');
});

test('a reminder that could not be stored costs nothing', async () => {
  await using hive = await openTestBroker(['alice']);
  await using scheduler = createTestScheduler(hive, { burst: 1, per_minute: 0.1 });
  const remind = (): Promise<unknown> => scheduler.remind('alice', 'alice', { message: 'look', delay_seconds: 60 });
  const { db } = hive.hive;
  const exec = db.exec.bind(db);
  const prepare = db.prepare.bind(db);
  const refuse = (text: string): void => {
    if (/^COMMIT/i.test(text)) throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
  };
  db.exec = (text) => (refuse(text), exec(text));
  db.prepare = (text: string) => (refuse(text), prepare(text));
  await assert.rejects(remind(), { code: 'unavailable' });
  Object.assign(db, { exec, prepare });
  await remind();
  await assert.rejects(remind(), { code: 'limited' });
});

test('what fired in the last day is counted with its attempts and what was delivered', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  await using scheduler = createTestScheduler(hive);
  await scheduler.start();
  const { clock } = hive.hive;
  for (const message of ['one', 'two']) await scheduler.remind('alice', 'alice', { message, delay_seconds: 60 });
  await clock.advance(MINUTE);
  assert.deepEqual(scheduler.counts('alice'), { fired: 2, attempts: 0, delivered: 0 });
  const session = await hive.connect('alice');
  const unseen = await hive.next(session, 1);
  const ids = unseen.deliveries.map(({ delivery }) => delivery);
  await hive.broker.turnEnd(session, report(unseen.turn, 'ok', [], ids));
  assert.deepEqual(scheduler.counts('alice'), { fired: 2, attempts: 0, delivered: 0 }, 'nobody saw it');
  const end = async (outcome: 'ok' | 'failed'): Promise<void> => {
    const { turn, deliveries } = await hive.next(session, 1);
    await hive.broker.turnEnd(
      session,
      report(
        turn,
        outcome,
        deliveries.map(({ delivery }) => delivery),
      ),
    );
  };
  await end('failed');
  await clock.advance(5000);
  for (let turn = 0; turn < 2; turn++) await end('ok');
  assert.deepEqual(scheduler.counts('alice'), { fired: 2, attempts: 3, delivered: 2 });
  assert.deepEqual(scheduler.counts('bob'), { fired: 0, attempts: 0, delivered: 0 });
  clock.setWall(clock.now() + DAY);
  assert.deepEqual(scheduler.counts('alice'), { fired: 0, attempts: 0, delivered: 0 });
});

test('a schedule whose zone cannot be read any more fires once more, says why it ended, and is logged once', async () => {
  await using hive = await openTestBroker(['alice']);
  await using scheduler = createTestScheduler(hive);
  await scheduler.start();
  await scheduler.remind('alice', 'alice', { message: 'look', cron: '0 * * * *', timezone: 'UTC' });
  await hive.hive.writer.write('test', (tx) => tx.db.prepare(`UPDATE reminders SET timezone = 'Mars/Base'`).run());
  for (let hour = 0; hour < 3; hour++) await hive.hive.clock.advance(60 * MINUTE);
  const bodies = await arrived(hive, 'alice');
  assert.equal(bodies.length, 1);
  assert.match(bodies[0] ?? '', /^look\n\n\(this schedule ended: .*Mars\/Base/);
  assert.equal(hive.hive.log.errors.length, 1);
});
