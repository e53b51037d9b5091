import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import type { FullDisk } from '../faults/full-disk.ts';

const PROGRAM = resolve(import.meta.dirname, '../faults/full-disk.ts');
const DISK_MIB = 14;
const NAMESPACE = process.getuid?.() === 0 ? ['-m'] : ['-m', '-r', '-U'];
const skip =
  spawnSync('unshare', [...NAMESPACE, 'true']).status === 0 ? false : 'no mount namespace may be made on this machine';

/** Runs the program in a mount namespace of its own, where its folder is a disk of 14 MiB. */
function onSmallDisk(reserveMib: number): FullDisk {
  const folder = mkdtempSync(join(tmpdir(), 'hive-disk-'));
  try {
    const mount = `mount -t tmpfs -o size=${DISK_MIB}m none "$1" && shift && exec "$@"`;
    const program = [process.execPath, PROGRAM, folder, '--reserve', String(reserveMib * 1024 * 1024)];
    const argv = [...NAMESPACE, 'sh', '-c', mount, 'sh', folder, ...program];
    const { stdout, stderr, status } = spawnSync('unshare', argv, { encoding: 'utf8', timeout: 120_000 });
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as FullDisk;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test(
  'F3: on a full disk sends are refused with one code, what is stored is read and acked, and space is enough to go on',
  { skip },
  () => {
    const { confirmed, refusals, ...rest } = onSmallDisk(1);
    assert.ok(confirmed > 100, `only ${confirmed} sends fitted`);
    assert.equal(refusals.length, 1, refusals.join('\n'));
    assert.match(refusals[0] ?? '', /^unavailable: the disk of the hive is full, so this was not stored/);
    assert.deepEqual(rest, { turns: 12, failure: null, again: 'ok', wrong: [] });
  },
);

test('F3: without a reserve nothing can be acked on a full disk, and nothing is lost either', { skip }, () => {
  const { failure, again, wrong } = onSmallDisk(0);
  assert.match(failure ?? '', /the disk of the hive is full/);
  assert.deepEqual([again, wrong], ['ok', []]);
});
