import assert from 'node:assert/strict';
import fs from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import * as git from 'isomorphic-git';
import { checkedOut, checkOut } from '#src/daemon/forge/git/checkout.ts';
import type { Mirror } from '#src/daemon/forge/git/mirror.ts';
import { writeCommit, writeFiles } from '#src/daemon/forge/git/write-commit.ts';

interface Place extends AsyncDisposable {
  dir: string;
  commit(files: Record<string, string>): Promise<string>;
  mirror: Mirror;
}

async function place(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'hive-checkout-'));
  const repo = { fs, gitdir: join(folder, 'mirror.git') };
  await git.init({ ...repo, bare: true });
  const mirror = { repo } as Mirror;
  return {
    dir: join(folder, 'docs'),
    mirror,
    commit: async (files) => {
      const tree = await writeFiles(
        mirror,
        new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)])),
      );
      return writeCommit(mirror, { tree, parent: undefined, author: { name: 'x', email: 'x' }, message: 'x', at: 0 });
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

const pick = (state: Awaited<ReturnType<typeof checkedOut>>): unknown[] => [state?.commit, state?.whole];

test('a folder follows commits: files change kind, come and go, and what does not change is not touched', async () => {
  await using at = await place();
  const { dir, mirror } = at;
  const first = await at.commit({ same: 's', a: 'file', 'b/c': 'deep', 'b/d/e': 'deeper' });
  await checkOut(mirror, first, dir);
  assert.deepEqual(pick(await checkedOut(dir)), [first, true]);
  const { ino } = await stat(join(dir, 'same'));
  const second = await at.commit({ same: 's', 'a/now': 'a folder', b: 'a file' });
  await checkOut(mirror, second, dir);
  assert.deepEqual((await readdir(dir, { recursive: true })).toSorted(), ['a', 'a/now', 'b', 'same']);
  assert.equal(await readFile(join(dir, 'b'), 'utf8'), 'a file');
  assert.equal((await stat(join(dir, 'same'))).ino, ino);
  assert.deepEqual(pick(await checkedOut(dir)), [second, true]);
});

test('after a crash in the middle everything is written again, also what seemed unchanged', async () => {
  await using at = await place();
  const { dir, mirror } = at;
  const commit = await at.commit({ a: '1', b: '1' });
  await checkOut(mirror, commit, dir);
  const state = JSON.parse(await readFile(`${dir}.checkout.json`, 'utf8')) as object;
  await writeFile(`${dir}.checkout.json`, JSON.stringify({ ...state, whole: false }));
  await rm(join(dir, 'a'));
  await checkOut(mirror, commit, dir);
  assert.equal(await readFile(join(dir, 'a'), 'utf8'), '1');
});

test('what others left in the folder goes, links are replaced and never followed', async () => {
  await using at = await place();
  const { dir, mirror } = at;
  const outside = join(dir, '..', 'outside');
  await mkdir(outside);
  await writeFile(join(outside, 'kept'), 'kept');
  await checkOut(mirror, await at.commit({ 'a/b': '1', c: '1' }), dir);
  await rm(join(dir, 'a'), { recursive: true });
  await symlink(outside, join(dir, 'a'));
  await symlink(join(outside, 'kept'), join(dir, 'link'));
  await checkOut(mirror, await at.commit({ 'a/kept': '2', 'a/b': '2', c: '1' }), dir);
  assert.equal(await readFile(join(outside, 'kept'), 'utf8'), 'kept');
  assert.deepEqual((await readdir(dir, { recursive: true })).toSorted(), ['a', 'a/b', 'a/kept', 'c']);
});

test('everybody may read it, whatever the umask', async () => {
  await using at = await place();
  const before = process.umask(0o077);
  try {
    await checkOut(at.mirror, await at.commit({ 'a/b': '1' }), at.dir);
  } finally {
    process.umask(before);
  }
  const mode = async (path: string): Promise<number> => (await stat(join(at.dir, path))).mode & 0o777;
  assert.deepEqual([await mode('.'), await mode('a'), await mode('a/b')], [0o755, 0o755, 0o644]);
});
