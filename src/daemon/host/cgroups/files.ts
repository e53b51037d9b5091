import { closeSync, constants, openSync, readdirSync, readFileSync, rmdirSync, writeSync } from 'node:fs';

/** Writes into an existing control file; false when it is not there or the kernel refuses. Never creates a file. */
export function tryWrite(path: string, value: string): boolean {
  try {
    const fd = openSync(path, constants.O_WRONLY);
    try {
      writeSync(fd, value);
      return true;
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
}

/** Text of a control file; empty when there is none. */
export function readControl(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Names of the groups in a group; empty when there is no such group. */
export function readFolders(path: string): string[] {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch {
    return [];
  }
}

/** Removes a group's folder; false while something is still in it. */
export function tryRemove(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}
