import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coalesced } from '#src/daemon/agents/coalesced.ts';

test('calls during a run share one further run and wait for it', async () => {
  const whys: string[] = [];
  const gates: (() => void)[] = [];
  const run = coalesced(async (why) => {
    whys.push(why);
    await new Promise<void>((resolve) => gates.push(resolve));
  });
  const first = run('first');
  let later = 0;
  const second = run('second').then(() => later++);
  const third = run('third').then(() => later++);
  gates.shift()?.();
  await first;
  await new Promise(setImmediate);
  assert.deepEqual(whys, ['first', 'second, third']);
  assert.equal(later, 0);
  gates.shift()?.();
  await Promise.all([second, third]);
  assert.equal(later, 2);
});

test('a failed run is told to its callers and does not spoil the next one', async () => {
  let times = 0;
  const run = coalesced(async () => {
    if (++times === 1) throw new Error('no forge');
  });
  const first = run('first');
  const second = run('second');
  await assert.rejects(first, /no forge/);
  await second;
  await run('third');
  assert.equal(times, 3);
});
