import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const WHY: Record<string, string> = {
  EACCES: 'there is no right to make it',
  EEXIST: 'it is no folder',
  ENAMETOOLONG: 'its name is too long',
  ENOENT: 'no folder can be made there',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of it is no folder',
  EPERM: 'no folder can be made there',
  EROFS: 'the file system is read-only',
};

/**
 * Makes a folder, and those above it, unless it is there. Throws what the kernel says of the first that cannot be made; Node's own `recursive` tries for ever
 * where the kernel says that it is not there, as below /proc.
 */
export function makeFolder(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && isFolder(path)) return;
    if (code !== 'ENOENT' || isFolder(dirname(path))) throw error;
    makeFolder(dirname(path), mode);
    makeFolder(path, mode);
  }
}

/** What an error of {@link makeFolder} means, in words. */
export function whyNoFolder(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return WHY[code] ?? message;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
