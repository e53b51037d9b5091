import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeFolder, whyNoFolder } from '#src/lib/make-folder.ts';

let base: string;
before(() => (base = mkdtempSync(join(tmpdir(), 'hive-folder-'))));
after(() => rmSync(base, { recursive: true }));

test('a folder is made with those above it, once', () => {
  const folder = join(base, 'one/two/three');
  makeFolder(folder, 0o711);
  makeFolder(folder, 0o700);
  for (const made of [folder, join(base, 'one')]) assert.equal(statSync(made).mode & 0o777, 0o711);
  symlinkSync(folder, join(base, 'link'));
  makeFolder(join(base, 'link/four'), 0o700);
  assert.ok(statSync(join(folder, 'four')).isDirectory());
});

test('where none can be made, that is said', () => {
  const file = join(base, 'file');
  writeFileSync(file, '');
  for (const [path, why] of [
    ['/proc/hive/home', 'no folder can be made there'],
    [file, 'it is no folder'],
    [join(file, 'below'), 'a part of it is no folder'],
    [join(base, 'x'.repeat(300)), 'its name is too long'],
  ] as const) {
    assert.throws(
      () => makeFolder(path, 0o700),
      (error) => whyNoFolder(error) === why,
      path,
    );
  }
});
