import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fillCache, findCached } from '#src/setup/cached-program.ts';

const ABOUT = { version: '1.27.3', source: 'built' } as const;
let cache: string;
before(async () => void (cache = await mkdtemp(join(tmpdir(), 'hive-cache-'))));
after(() => rm(cache, { recursive: true }));

test('a filled folder is found again, with an executable program', async () => {
  const dir = join(cache, 'full');
  const made = await fillCache({ dir, name: 'tool' }, ABOUT, (target) => writeFile(target, 'bytes'));
  assert.deepEqual(await findCached(dir, 'tool'), made);
  assert.equal((await stat(made.path)).mode & 0o777, 0o755);
});

test('an interrupted filling leaves nothing that is found, and can be repeated', async () => {
  const dir = join(cache, 'twice');
  const cut = fillCache({ dir, name: 'tool' }, ABOUT, async (target) => {
    await writeFile(target, 'half');
    throw new Error('cut');
  });
  await assert.rejects(cut, /cut/);
  assert.equal(await findCached(dir, 'tool'), null);
  await fillCache({ dir, name: 'tool' }, ABOUT, (target) => writeFile(target, 'whole', { flag: 'wx' }));
  assert.equal((await findCached(dir, 'tool'))?.version, '1.27.3');
  assert.ok(!(await readdir(cache)).includes('twice.unfinished'));
});

test('a program whose bytes changed is thrown away', async () => {
  const dir = join(cache, 'changed');
  const made = await fillCache({ dir, name: 'tool' }, ABOUT, (target) => writeFile(target, 'bytes'));
  await writeFile(made.path, 'other');
  assert.equal(await findCached(dir, 'tool'), null);
  assert.ok(!(await readdir(cache)).includes('changed'));
});

test('a manifest that was cut is as good as none', async () => {
  const dir = join(cache, 'cut');
  await fillCache({ dir, name: 'tool' }, ABOUT, (target) => writeFile(target, 'bytes'));
  await writeFile(join(dir, 'manifest.json'), '{"version":"1.2');
  assert.equal(await findCached(dir, 'tool'), null);
});
