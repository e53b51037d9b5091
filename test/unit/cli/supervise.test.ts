import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type End, supervise } from '#src/cli/supervisor/supervise.ts';
import { createTestClock, settle, type TestClock } from '../../support/clock.ts';

const KILLED: End = { code: null, signal: 'SIGKILL' };
const FATAL: End = { code: 70, signal: null };

/** Supervises runs that end as `ends` says, the last one again and again, each after `lasting` ms; `ready` says before each further run whether it stands by. */
function supervised(
  ends: End[],
  lasting = 0,
  ready: boolean[] = [],
): { clock: TestClock; said: string[]; runs: () => number; stop: AbortController; code: Promise<number> } {
  const clock = createTestClock();
  const said: string[] = [];
  const stop = new AbortController();
  let runs = 0;
  const run = async (): Promise<End> => {
    const end = ends[Math.min(runs++, ends.length - 1)]!;
    if (lasting > 0) await new Promise<void>((resolve) => clock.after(lasting, resolve));
    return end;
  };
  const isReady = (): boolean => ready[Math.min(runs, ready.length) - 1] ?? false;
  const code = supervise({ run, clock, say: (line) => void said.push(line), isReady, signal: stop.signal });
  return { clock, said, runs: () => runs, stop, code };
}

test('a daemon that was killed is started again after a short pause, and its own end is final', async () => {
  const { clock, said, runs, code } = supervised([KILLED, FATAL, { code: 0, signal: null }]);
  await settle();
  assert.equal(runs(), 1);
  await clock.advance(200);
  assert.equal(runs(), 2);
  await clock.advance(999);
  assert.equal(runs(), 2, 'the second pause is longer');
  await clock.advance(1);
  assert.equal(await code, 0);
  assert.match(said[0]!, /ended by SIGKILL after 0 s: starting it again in 0.2 s \(1 of at most 5/);
  assert.match(said[1]!, /ended with exit code 70 .* in 1 s/);
});

test('a daemon that refuses to start is not started again', async () => {
  const { runs, code, said } = supervised([{ code: 1, signal: null }]);
  assert.equal(await code, 1);
  assert.deepEqual([runs(), said], [1, []]);
});

test('one that ran and then cannot start for a moment is started again, and given up when that lasts', async () => {
  const [served, refused, end]: End[] = [KILLED, { code: 1, signal: null }, { code: 0, signal: null }];
  const back = supervised([served!, refused!, end!]);
  await settle();
  await back.clock.advance(200);
  await back.clock.advance(1000);
  assert.deepEqual([await back.code, back.runs()], [0, 3]);
  assert.match(back.said[1]!, /with exit code 1 .*starting it again in 1 s/);

  const never = supervised([served!, refused!]);
  for (let second = 0; second < 60; second++) await never.clock.advance(1000);
  assert.deepEqual([await never.code, never.runs()], [70, 6]);
});

test('F22: one that is killed again and again is given up, with words', async () => {
  const { clock, runs, code, said } = supervised([KILLED]);
  for (let second = 0; second < 60; second++) await clock.advance(1000);
  assert.equal(await code, 70);
  assert.equal(runs(), 6);
  assert.match(said.at(-1)!, /for the 6th time within 10 minutes: it is not started again.*hive up/);
});

test('one that is killed once an hour is started for ever', async () => {
  const { clock, runs, stop, code } = supervised([KILLED], 3_600_000);
  for (let round = 0; round < 20; round++) await clock.advance(3_600_200);
  assert.equal(runs(), 21);
  stop.abort();
  await clock.advance(3_600_000);
  assert.equal(await code, 0);
});

test('asked to end between two runs it starts nothing more', async () => {
  const { runs, stop, code } = supervised([KILLED]);
  await settle();
  stop.abort();
  assert.equal(await code, 0);
  assert.equal(runs(), 1);
});

test('one that stands by takes over without a pause; when there is none, the pause is as long as ever', async () => {
  const { clock, said, runs, code } = supervised([KILLED, KILLED, { code: 0, signal: null }], 0, [true, false]);
  await settle();
  assert.deepEqual([runs(), said.length, clock.timers()], [2, 2, 1]);
  assert.equal(
    said[0],
    'the daemon ended by SIGKILL after 0 s: starting it again at once (1 of at most 5 times within 10 minutes)',
  );
  assert.match(said[1]!, /: starting it again in 1 s \(2 of at most 5/);
  await clock.advance(999);
  assert.equal(runs(), 2);
  await clock.advance(1);
  assert.deepEqual([await code, runs()], [0, 3]);
});

test('one that is killed again and again is given up although another always stands by', async () => {
  const { clock, runs, code, said } = supervised([KILLED], 0, [true]);
  await settle();
  assert.deepEqual([runs(), clock.timers()], [6, 0]);
  assert.equal(await code, 70);
  assert.match(said.at(-1)!, /for the 6th time within 10 minutes: it is not started again/);
});

test('asked to end while one stands by it starts nothing more', async () => {
  const { clock, runs, stop, code } = supervised([KILLED], 1000, [true]);
  await settle();
  stop.abort();
  await clock.advance(1000);
  assert.deepEqual([await code, runs()], [0, 1]);
});
