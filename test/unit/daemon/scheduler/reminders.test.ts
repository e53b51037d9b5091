import assert from 'node:assert/strict';
import test from 'node:test';
import { openTestBroker } from '../../../support/broker.ts';
import { settle } from '../../../support/clock.ts';
import { arrivedReminders as arrived, createTestScheduler } from '../../../support/scheduler.ts';

const MINUTE = 60_000;

test('a reminder fires at its time, once, and wakes', async () => {
  await using hive = await openTestBroker(['alice']);
  await using scheduler = createTestScheduler(hive);
  await scheduler.start();
  const set = await scheduler.remind('alice', 'alice', { message: 'look again', delay_seconds: 90 });
  assert.equal(set.due_at, hive.hive.clock.now() + 90_000);
  assert.equal(hive.broker.counts('alice').reminders, 1);
  const waiting = hive.next(await hive.connect('alice'));
  await hive.hive.clock.advance(89_999);
  assert.equal(hive.broker.runningTurn('alice'), null);
  await hive.hive.clock.advance(1);
  const [delivery] = (await waiting).deliveries;
  assert.deepEqual([delivery?.kind, delivery?.body], ['reminder', 'look again']);
  await hive.hive.clock.advance(24 * 60 * MINUTE);
  assert.deepEqual([hive.broker.counts('alice').queued, hive.broker.counts('alice').reminders], [0, 0]);
});

test('an earlier one that is set later fires first', async () => {
  await using hive = await openTestBroker(['alice']);
  await using scheduler = createTestScheduler(hive);
  await scheduler.start();
  await scheduler.remind('alice', 'alice', { message: 'late', delay_seconds: 3600 });
  await scheduler.remind('alice', 'alice', { message: 'soon', delay_seconds: 60 });
  await hive.hive.clock.advance(MINUTE);
  assert.deepEqual(await arrived(hive, 'alice'), ['soon']);
});

test('what came due while the daemon was away fires once at the start, in order, marked late', async () => {
  await using hive = await openTestBroker(['alice']);
  const before = createTestScheduler(hive);
  await before.remind('alice', 'alice', { message: 'two', delay_seconds: 120 });
  await before.remind('alice', 'alice', { message: 'one', delay_seconds: 60 });
  await before[Symbol.asyncDispose]();
  const due = new Date(hive.hive.clock.now() + MINUTE).toISOString();
  await hive.hive.clock.advance(61 * MINUTE);
  for (let start = 0; start < 2; start++) {
    await using scheduler = createTestScheduler(hive);
    await scheduler.start();
  }
  const bodies = await arrived(hive, 'alice');
  assert.equal(bodies.length, 2);
  assert.equal(bodies[0], `one\n\n(late: this was due at ${due}, 60 minutes ago)`);
  assert.match(bodies[1] ?? '', /^two\n\n\(late/);
});

test('more than one batch at once all fire, each once', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  await hive.hive.writer.write('test', (tx) => {
    const insert = tx.db.prepare(
      `INSERT INTO reminders (agent, message, due_at, state, set_by, created_at) VALUES ('alice', ?, ?, 'pending', 'alice', 0)`,
    );
    for (let count = 0; count < 1200; count++) insert.run(`${count}`, tx.now - count);
  });
  await using scheduler = createTestScheduler(hive);
  await scheduler.start();
  assert.equal(hive.broker.counts('alice').queued, 1200);
  assert.equal(hive.broker.counts('alice').reminders, 0);
  const order = await arrived(hive, 'alice');
  assert.deepEqual(order.slice(0, 2), ['1199', '1198']);
});

test('the same key sets one reminder', async () => {
  await using hive = await openTestBroker(['alice']);
  await using scheduler = createTestScheduler(hive);
  const input = { message: 'look', delay_seconds: 60, key: 'remind-1' };
  assert.deepEqual(await scheduler.remind('alice', 'alice', input), await scheduler.remind('alice', 'alice', input));
  assert.equal(hive.broker.counts('alice').reminders, 1);
});

test('nobody is reminded who is not there, or not any more', async () => {
  await using hive = await openTestBroker(['alice']);
  await using scheduler = createTestScheduler(hive);
  await scheduler.start();
  await assert.rejects(scheduler.remind('operator', 'zoe', { message: 'x', delay_seconds: 1 }), { code: 'not_found' });
  await scheduler.remind('operator', 'alice', { message: 'x', delay_seconds: 1 });
  await hive.hive.writer.write('test', (tx) => tx.db.prepare('UPDATE agents SET removed_at = 1').run());
  await hive.hive.clock.advance(1000);
  assert.deepEqual([hive.broker.counts('alice').queued, hive.broker.counts('alice').reminders], [0, 0]);
});

test("a reminder is one of its turn's acts, and a session that was given up sets none", async () => {
  await using hive = await openTestBroker(['alice']);
  await using scheduler = createTestScheduler(hive);
  const session = await hive.connect('alice');
  await hive.broker.send('operator', { to: 'alice', body: 'work' });
  const { turn } = await hive.next(session);
  await scheduler.remind('alice', 'alice', { message: 'look again', delay_seconds: 3600, turn });
  await hive.hive.clock.advance(10_000);
  await assert.rejects(scheduler.remind('alice', 'alice', { message: 'late', delay_seconds: 1 }), {
    code: 'forbidden',
  });
  await hive.broker.sessionEnded(session, 'killed_by_hive', '');
  const again = await hive.next(await hive.connect('alice'));
  assert.match(again.earlier[0]?.summary ?? '', /^set reminder 1 for .*: "look again"$/);
});

test('the deadline of an ask fires without anybody asking', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  await using scheduler = createTestScheduler(hive);
  await scheduler.start();
  await hive.broker.ask('alice', { to: 'bob', question: 'now?', multi: false, deadline_seconds: 60 });
  await hive.hive.clock.advance(MINUTE);
  await settle();
  assert.equal(hive.broker.thread(1).thread.state, 'expired');
});
