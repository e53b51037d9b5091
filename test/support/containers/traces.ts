import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntil } from '../wait.ts';
import type { Place } from './place.ts';

/** Mounts, control groups and processes whose name or path holds `mark`. Empty when a hive left nothing behind. */
export function traces(mark: string): string[] {
  return [...mounts(mark), ...cgroups('/sys/fs/cgroup', mark), ...processes(mark)];
}

/** Waits until no container of `place` has left a mount, process or control group; what remains after 5 s fails the test and is named. */
export async function untilNoTraces(place: Place): Promise<void> {
  await waitUntil('no trace of a container', () => traces(place.dir).length === 0, 5000).catch(() =>
    assert.deepEqual(traces(place.dir), []),
  );
  assert.deepEqual(traces(`hyperhive-${place.hiveId}`), []);
}

function mounts(mark: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(mark))
    .map((line) => `mount ${line}`);
}

function cgroups(folder: string, mark: string, depth = 3): string[] {
  if (depth === 0) return [];
  return readFolders(folder).flatMap((name) => {
    const path = join(folder, name);
    return name.includes(mark) ? [`cgroup ${path}`] : cgroups(path, mark, depth - 1);
  });
}

/** By command line, or by a working directory or root below the mark. */
function processes(mark: string): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .flatMap((pid) => {
      const text = readQuietly(`/proc/${pid}/cmdline`) + readQuietly(`/proc/${pid}/mountinfo`);
      return text.includes(mark)
        ? [`process ${pid}: ${readQuietly(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`]
        : [];
    });
}

function readFolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
