import assert from 'node:assert/strict';
import { closeSync, fstatSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { dataDescriptor } from '#src/daemon/host/data-file.ts';

const LAST = 'last';

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'hive-data-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Names that appear or vanish in `folder` while `act` runs: the kernel tells of all of them, in order. */
async function namesDuring(folder: string, act: () => void): Promise<string[]> {
  const names: string[] = [];
  const seen = Promise.withResolvers<void>();
  const watcher = watch(folder, (event, name) => {
    if (name === LAST) seen.resolve();
    else if (event === 'rename') names.push(name ?? '');
  });
  act();
  writeFileSync(join(folder, LAST), '');
  await seen.promise;
  watcher.close();
  return names;
}

test('data for a child is complete, read-only, and never has a name that a daemon which is killed could leave', async (t) => {
  const folder = folderOf(t);
  for (const content of ['words', Buffer.alloc(3 << 20, 7)]) {
    let fd = -1;
    t.after(() => closeSync(fd));
    assert.deepEqual(await namesDuring(folder, () => (fd = dataDescriptor(content, [folder]))), []);
    assert.deepEqual(readFileSync(fd), Buffer.from(content));
    const { nlink, mode } = fstatSync(fd);
    assert.deepEqual([nlink, mode & 0o777], [0, 0o600]);
    assert.throws(() => writeSync(fd, 'more'), { code: 'EBADF' });
  }
});

test('data goes to the next folder where the first one does not take files without names', (t) => {
  const folder = folderOf(t);
  for (const refusing of [join(folder, 'missing'), '/proc']) {
    const fd = dataDescriptor('words', [refusing, folder]);
    assert.equal(readFileSync(fd, 'utf8'), 'words');
    closeSync(fd);
    assert.throws(() => dataDescriptor('words', [refusing]), /^Error: E/);
  }
});
