import assert from 'node:assert/strict';
import test from 'node:test';
import { systemClock } from '#src/lib/clock.ts';
import { openTestBroker } from '../../../support/broker.ts';
import { arrivedReminders as arrived, createTestScheduler } from '../../../support/scheduler.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test('F16: a clock that is set back past a due time fires nothing twice, and what is pending at its time', async () => {
  for (const back of [HOUR, DAY]) {
    await using hive = await openTestBroker(['alice']);
    await using scheduler = createTestScheduler(hive);
    await scheduler.start();
    const { clock } = hive.hive;
    await scheduler.remind('alice', 'alice', { message: 'one', delay_seconds: 60 });
    await scheduler.remind('alice', 'alice', { message: 'hourly', cron: '0 * * * *' });
    await clock.advance(HOUR);
    assert.deepEqual(await arrived(hive, 'alice'), ['one', 'hourly']);
    clock.setWall(clock.now() - back);
    await clock.advance(back + HOUR - 1);
    assert.equal((await arrived(hive, 'alice')).length, 2, `set back by ${back / HOUR} h: nothing fires again`);
    await clock.advance(1);
    assert.deepEqual((await arrived(hive, 'alice')).slice(2), ['hourly']);
  }
});

test('F16: a clock that is set forward fires what came due once, in the order of the due times', async () => {
  for (const forward of [HOUR, DAY]) {
    await using hive = await openTestBroker(['alice']);
    await using scheduler = createTestScheduler(hive);
    await scheduler.start();
    const { clock } = hive.hive;
    const due = [3, 1, 2].map((minutes) => clock.now() + minutes * 10 * MINUTE);
    for (const at of due)
      await scheduler.remind('alice', 'alice', { message: `${at}`, at: new Date(at).toISOString() });
    clock.setWall(clock.now() + forward);
    await clock.advance(MINUTE);
    const bodies = (await arrived(hive, 'alice')).map((body) => Number(body.split('\n')[0]));
    assert.deepEqual(
      bodies,
      due.toSorted((one, other) => one - other),
      `set forward by ${forward / HOUR} h: noticed within a minute`,
    );
    clock.setWall(clock.now() - forward);
    await clock.advance(DAY);
    assert.equal((await arrived(hive, 'alice')).length, 3);
  }
});

test('F16: a clock that was wrong for a moment delays nothing by more than a minute', async () => {
  await using hive = await openTestBroker(['alice']);
  await using scheduler = createTestScheduler(hive);
  await scheduler.start();
  const { clock } = hive.hive;
  const right = clock.now();
  const at = new Date(right + 10 * MINUTE).toISOString();
  clock.setWall(right - DAY);
  await scheduler.remind('alice', 'alice', { message: 'set while it was wrong', at });
  await clock.advance(MINUTE);
  clock.setWall(right + MINUTE);
  await clock.advance(10 * MINUTE);
  assert.equal((await arrived(hive, 'alice')).length, 1);
});

test('F16: a schedule that fired in a wrong tomorrow goes on from there, none of its times fires twice', async () => {
  await using hive = await openTestBroker(['alice']);
  await using scheduler = createTestScheduler(hive);
  await scheduler.start();
  const { clock } = hive.hive;
  await scheduler.remind('alice', 'alice', { message: 'hourly', cron: '0 * * * *' });
  clock.setWall(clock.now() + DAY);
  await clock.advance(MINUTE);
  assert.match((await arrived(hive, 'alice')).join(), /^hourly\n\n\(late: .*; 23 later times were missed since/);
  clock.setWall(clock.now() - DAY);
  await clock.advance(DAY);
  assert.equal((await arrived(hive, 'alice')).length, 1);
  await clock.advance(HOUR);
  const firings = hive.hive.db.prepare('SELECT due_at FROM reminder_firings ORDER BY fired_at').all();
  assert.equal(new Set(firings.map((row) => (row as { due_at: number }).due_at)).size, firings.length);
  assert.equal(firings.length, 2);
});

test('F16: leases follow monotonic time: no jump of the wall clock ends or prolongs one', async () => {
  for (const jump of [HOUR, -HOUR, DAY, -DAY]) {
    await using hive = await openTestBroker(['alice']);
    const { clock } = hive.hive;
    const session = await hive.connect('alice');
    await hive.broker.send('operator', { to: 'alice', body: 'work' });
    const { turn } = await hive.next(session);
    await hive.broker.turnActivity(session, { turn, phase: 'model', activity: null });
    clock.setWall(clock.now() + jump);
    await clock.advance(4 * MINUTE);
    assert.deepEqual(hive.asked.lost, [], `${jump / HOUR} h: the turn goes on`);
    await clock.advance(2 * MINUTE);
    assert.equal(hive.asked.lost.length, 1, 'silence ends it all the same');
  }
});

test('F16: a reminder 60 days out does not fire now', async (t) => {
  await using hive = await openTestBroker(['alice']);
  await using scheduler = createTestScheduler(hive);
  await scheduler.start();
  await scheduler.remind('alice', 'alice', { message: 'far', delay_seconds: 60 * 86_400 });
  hive.hive.clock.jump(60 * DAY - 2);
  await hive.hive.clock.advance(1);
  assert.deepEqual(await arrived(hive, 'alice'), []);
  await hive.hive.clock.advance(1);
  assert.deepEqual(await arrived(hive, 'alice'), ['far']);

  t.mock.timers.enable({ apis: ['setTimeout'] });
  let fired = 0;
  systemClock.after(60 * DAY, () => fired++);
  t.mock.timers.tick(60 * DAY - 1);
  assert.equal(fired, 0, 'the machine’s own timers end at 24.8 days');
});
