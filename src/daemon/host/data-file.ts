import { randomUUID } from 'node:crypto';
import { accessSync, closeSync, constants, openSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** In memory, so that nothing of it reaches a disk. */
const MEMORY_FOLDER = '/dev/shm';

/** A read-only descriptor on `content`, complete at once and without a name: what a child reads whatever happens to this process. The caller closes it. */
export function dataDescriptor(content: string | Buffer): number {
  const path = join(writableFolder(), `hive-${randomUUID()}`);
  const writer = openSync(path, 'wx', 0o600);
  try {
    const reader = openSync(path, 'r');
    unlinkSync(path);
    writeSync(writer, content as string);
    return reader;
  } finally {
    closeSync(writer);
  }
}

function writableFolder(): string {
  try {
    accessSync(MEMORY_FOLDER, constants.W_OK);
    return MEMORY_FOLDER;
  } catch {
    return tmpdir();
  }
}
