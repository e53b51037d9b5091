import { statfs } from 'node:fs/promises';
import { SetupFailure } from './failure.ts';

/** Fails when the file system of `dir` has less than `megabytes` free for what is about to be made there. */
export async function requireSpace(dir: string, megabytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dir);
  const free = Math.floor((bavail * bsize) / 2 ** 20);
  if (free >= megabytes) return;
  throw new SetupFailure(`${dir} has ${free} MB free, ${megabytes} MB are needed for a while`, {
    fix: ['Make room there, or set HIVE_CACHE to a folder on another disk.'],
  });
}
