import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { claimSupervision, supervisorOf } from '#src/cli/supervisor/supervision.ts';
import { bootId, identify } from '#src/lib/process-identity.ts';

function makeHome(): Disposable & { dir: string } {
  const dir = mkdtempSync(join(tmpdir(), 'hive-supervision-'));
  return { dir, [Symbol.dispose]: () => rmSync(dir, { recursive: true }) };
}

test('a home has one supervisor at a time, and others can tell who', async () => {
  using home = makeHome();
  assert.equal(await supervisorOf(home.dir), null);
  const first = await claimSupervision(home.dir);
  assert.deepEqual(await supervisorOf(home.dir), identify(process.pid));
  await assert.rejects(
    claimSupervision(home.dir),
    new RegExp(`\\(pid ${process.pid}\\) runs the daemon of .*hive down`),
  );
  await first[Symbol.asyncDispose]();
  assert.deepEqual([await supervisorOf(home.dir), readdirSync(home.dir)], [null, []]);
});

for (const [what, change] of [
  ['another process with its pid', { startTime: '5' }],
  ['a boot before this one', { boot: 'another' }],
] as const) {
  test(`a file that names ${what} names no supervisor: nobody is signalled`, async () => {
    using home = makeHome();
    const holder = { ...identify(process.pid), boot: bootId(), ...change };
    writeFileSync(join(home.dir, 'supervisor.lock'), JSON.stringify(holder));
    assert.equal(await supervisorOf(home.dir), null);
  });
}

test('a home that is not there is left to the daemon to refuse', async () => {
  await using claimed = await claimSupervision('/nonexistent/hive');
  assert.ok(claimed);
});
