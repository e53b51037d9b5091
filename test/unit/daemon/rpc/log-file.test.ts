import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { followFile } from '#src/daemon/rpc/log-file/follow.ts';
import { lastLines } from '#src/daemon/rpc/log-file/last-lines.ts';
import { waitUntil } from '../../../support/wait.ts';

/** A folder for logs. */
function makeFolder(): Disposable & { path(name: string): string } {
  const dir = mkdtempSync(join(tmpdir(), 'hive-log-'));
  return { path: (name) => join(dir, name), [Symbol.dispose]: () => rmSync(dir, { recursive: true }) };
}

test('the last lines of a log, also of a long and of a missing one', async () => {
  using folder = makeFolder();
  const file = folder.path('a.log');
  assert.deepEqual(await lastLines(file, 5), { lines: [], size: 0 });
  const lines = Array.from({ length: 50_000 }, (_, index) => `line ${index} of the log`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  assert.deepEqual((await lastLines(file, 2)).lines, ['line 49998 of the log', 'line 49999 of the log']);
  assert.equal((await lastLines(file, 500)).lines.length, 500);
});

test('new lines are followed, over a rotation that moves the link', async () => {
  using folder = makeFolder();
  const stop = new AbortController();
  writeFileSync(folder.path('daemon.1.log'), 'old\n');
  symlinkSync('daemon.1.log', folder.path('current.log'));
  const seen: string[] = [];
  followFile(folder.path('current.log'), 4, (line) => seen.push(line), stop.signal);
  appendFileSync(folder.path('daemon.1.log'), 'one\ntw');
  await waitUntil('the first line', () => seen.length === 1);
  appendFileSync(folder.path('daemon.1.log'), 'o\n');
  await waitUntil('the second line', () => seen.length === 2);
  writeFileSync(folder.path('daemon.2.log'), 'three\n');
  unlinkSync(folder.path('current.log'));
  symlinkSync('daemon.2.log', folder.path('next'));
  renameSync(folder.path('next'), folder.path('current.log'));
  await waitUntil('the third line', () => seen.length === 3);
  assert.deepEqual(seen, ['one', 'two', 'three']);
  stop.abort();
});
