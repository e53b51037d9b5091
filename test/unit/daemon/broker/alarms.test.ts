import assert from 'node:assert/strict';
import test from 'node:test';
import { Alarms } from '#src/daemon/broker/sessions/alarms.ts';
import { createTestClock } from '../../../support/clock.ts';

test('alarms ring once, in order and at their time, over one timer; moving one moves nothing else', async () => {
  const clock = createTestClock();
  const alarms = new Alarms<string>(clock);
  const rung: string[] = [];
  const set = (key: string, ms: number): void =>
    alarms.set(key, ms, () => rung.push(`${key} ${clock.monotonic() - begun}`));
  const begun = clock.monotonic();
  for (const [key, ms] of Object.entries({ late: 300, moved: 10, soon: 20, cleared: 30, now: 0 })) set(key, ms);
  assert.equal(clock.timers(), 1);
  set('moved', 200);
  alarms.clear('cleared');
  await clock.advance(1000);
  assert.deepEqual(rung, ['now 0', 'soon 20', 'moved 200', 'late 300']);
  assert.equal(clock.timers(), 0);
});

test('what rings may set its alarm again, set others and clear what is due with it', async () => {
  const clock = createTestClock();
  const alarms = new Alarms<string>(clock);
  const rung: string[] = [];
  alarms.set('first', 10, () => {
    rung.push('first');
    alarms.clear('second');
    alarms.set('first', 5, () => rung.push('again'));
    alarms.set('other', 50, () => rung.push('other'));
  });
  alarms.set('second', 10, () => rung.push('second'));
  await clock.advance(20);
  assert.deepEqual(rung, ['first', 'again']);
  alarms.clearAll();
  assert.equal(clock.timers(), 0);
});

test('no timer is left once nothing may ring; one that fires too early rings nothing', async () => {
  const clock = createTestClock();
  const early: (() => void)[] = [];
  const alarms = new Alarms<number>({ ...clock, after: (_, fn) => (early.push(fn), () => undefined) });
  let rung = 0;
  alarms.set(1, 100, () => rung++);
  early[0]?.();
  assert.deepEqual([rung, early.length], [0, 2]);
  const others = new Alarms<number>(clock);
  others.set(1, 100, () => rung++);
  others.clear(1);
  assert.equal(clock.timers(), 0);
});
