import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Makes a file's or folder's state survive power loss. */
export function syncPath(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
