import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { execa } from 'execa';
import { lockFile, withFileLock } from '#src/lib/file-lock.ts';

let folder: string;
before(async () => void (folder = await mkdtemp(join(tmpdir(), 'hive-lock-'))));
after(() => rm(folder, { recursive: true }));

async function isFree(path: string): Promise<boolean> {
  return (await execa('flock', ['--nonblock', path, 'true'], { reject: false })).exitCode === 0;
}

test('only one holds it at a time, and the next gets it when it is released', async () => {
  const path = join(folder, 'turns');
  const order: string[] = [];
  const first = await lockFile(path);
  const second = lockFile(path).then((lock) => (order.push('second'), lock));
  assert.equal(await isFree(path), false);
  order.push('first');
  await first[Symbol.asyncDispose]();
  await (await second)[Symbol.asyncDispose]();
  assert.deepEqual(order, ['first', 'second']);
  assert.equal(await isFree(path), true);
});

test('waiting ends when the signal aborts', async () => {
  const path = join(folder, 'waiting');
  const stop = new AbortController();
  await withFileLock(path, async () => {
    const waiting = lockFile(path, stop.signal);
    stop.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
  });
  assert.equal(await isFree(path), true);
});

test('work that throws releases it', async () => {
  const path = join(folder, 'throwing');
  await assert.rejects(
    withFileLock(path, () => Promise.reject(new Error('broken'))),
    /broken/,
  );
  assert.equal(await isFree(path), true);
});

test('a place where no lock can be is named', async () => {
  await assert.rejects(lockFile(join(folder, 'no', 'such', 'folder')), /no\/such\/folder/);
});
