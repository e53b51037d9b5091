import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { lockHome } from '#src/daemon/host/home-lock.ts';
import { createProcesses } from '#src/daemon/host/processes.ts';

const processes = createProcesses();

function makeHome(lock?: unknown): Disposable & { dir: string } {
  const dir = mkdtempSync(join(tmpdir(), 'hive-lock-'));
  if (lock !== undefined)
    writeFileSync(join(dir, 'daemon.lock'), typeof lock === 'string' ? lock : JSON.stringify(lock));
  return { dir, [Symbol.dispose]: () => rmSync(dir, { recursive: true }) };
}

test('the second one is refused with the pid; after the first let go the next gets it', async () => {
  using home = makeHome();
  const first = await lockHome(home.dir);
  await assert.rejects(lockHome(home.dir), new RegExp(`pid ${process.pid}`));
  await first[Symbol.asyncDispose]();
  await using second = await lockHome(home.dir);
  assert.ok(second);
  assert.deepEqual(readdirSync(home.dir), ['daemon.lock']);
});

for (const [what, lock] of [
  ['a process that is gone', { pid: 4_000_000, startTime: '5', boot: processes.bootId() }],
  ['another process with the pid of the dead one', { pid: process.pid, startTime: '5', boot: processes.bootId() }],
  ['a boot before this one', { ...processes.identify(process.pid), boot: 'another' }],
  ['a start that died while it wrote', '{"pid":'],
] as const) {
  test(`a lock of ${what} stops nobody`, async () => {
    using home = makeHome(lock);
    await using held = await lockHome(home.dir);
    assert.ok(held);
  });
}

test('of many that start at once over a dead one’s lock exactly one gets it', async () => {
  using home = makeHome({ pid: 4_000_000, startTime: '5', boot: processes.bootId() });
  const tries = await Promise.allSettled(Array.from({ length: 12 }, () => lockHome(home.dir)));
  assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 1);
});
