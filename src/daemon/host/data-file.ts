import { closeSync, constants, openSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';

/** The first is in memory, so that nothing of it reaches a disk. */
const FOLDERS = ['/dev/shm', tmpdir()];
/** A file that never has a name: Linux' O_TMPFILE, which Node does not name. With O_EXCL none can be given to it later. */
const NAMELESS = 0o20000000 | constants.O_DIRECTORY | constants.O_EXCL | constants.O_RDWR;

/**
 * A read-only descriptor on `content`, complete at once and without a name: what a child reads whatever happens to this process, and what is gone with the last
 * that has it open. The caller closes it. Throws what the file system of the last of `folders` says when none of them takes it.
 */
export function dataDescriptor(content: string | Buffer, folders: readonly string[] = FOLDERS): number {
  const writer = openNameless(folders);
  try {
    writeFileSync(writer, content);
    return openSync(`/proc/self/fd/${writer}`, constants.O_RDONLY);
  } finally {
    closeSync(writer);
  }
}

function openNameless([folder = '', ...others]: readonly string[]): number {
  try {
    return openSync(folder, NAMELESS, 0o600);
  } catch (error) {
    if (others.length === 0) throw error;
    return openNameless(others);
  }
}
