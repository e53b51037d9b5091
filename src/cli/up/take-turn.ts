import { isAlive } from '#src/lib/process-identity.ts';
import { claimLock, lockHolder } from '#src/lib/process-lock.ts';
import { join } from 'node:path';
import type { Progress } from '../progress.ts';

const LOOK_MS = 50;

/** File in the home that names who brings the hive up. */
export const UP_LOCK = 'up.lock';

/** Makes this process the only one that brings the hive of `home` up, until it is disposed or dead; waits for another one, and shows for whom. */
export async function takeTurn(home: string, progress: Progress, signal?: AbortSignal): Promise<AsyncDisposable> {
  const file = join(home, UP_LOCK);
  for (;;) {
    const { lock } = await claimLock(file);
    if (lock) return lock;
    const other = await lockHolder(file);
    if (!other) continue;
    await progress.step(`hive up of pid ${other.pid}`, async (detail) => {
      detail('waiting for it');
      while (isAlive(other) && (await lockHolder(file))) {
        signal?.throwIfAborted();
        await new Promise((done) => setTimeout(done, LOOK_MS));
      }
    });
  }
}
