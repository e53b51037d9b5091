import { closeSync, constants, ftruncateSync, fstatSync, openSync, readSync, writeFileSync } from 'node:fs';

/** A container's log is cut when it is longer than this; as much of its end goes to `<log>.1`. */
const MAX_LOG_BYTES = 8 * 1024 * 1024;

/**
 * Cuts a log that has grown too long, also while it is written to: the writer appends to the same file. One older part is kept. The log's folder is
 * the daemon's alone; the file itself is the agent's, and no symlink is followed.
 */
export function rotateLog(path: string, maxBytes = MAX_LOG_BYTES): void {
  const fd = tryOpen(path);
  if (fd === null) return;
  try {
    const { size } = fstatSync(fd);
    if (size <= maxBytes) return;
    const tail = Buffer.alloc(maxBytes);
    const length = readSync(fd, tail, 0, maxBytes, size - maxBytes);
    writeFileSync(`${path}.1`, tail.subarray(0, length), { mode: 0o600 });
    ftruncateSync(fd, 0);
  } finally {
    closeSync(fd);
  }
}

function tryOpen(path: string): number | null {
  try {
    return openSync(path, constants.O_RDWR | constants.O_NOFOLLOW);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
