import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { HiveError } from '#src/lib/errors.ts';
import type { ProcessIdentity } from '#src/lib/process-identity.ts';
import { claimLock, lockHolder } from '#src/lib/process-lock.ts';
import { daemonLock } from '#src/protocol/home.ts';

/**
 * Makes this process the only supervisor of `home`, until it is disposed or dead: `<home>/supervisor.lock` says who it is, also between two runs of the
 * daemon. Throws `conflict` with the pid of a living one. A home that is not there is the daemon's to refuse.
 */
export async function claimSupervision(home: string): Promise<AsyncDisposable> {
  if (!existsSync(home)) return { [Symbol.asyncDispose]: async () => undefined };
  const claim = await claimLock(lockOf(home));
  if (claim.lock) return claim.lock;
  const who = claim.holder ? ` (pid ${claim.holder.pid})` : '';
  throw new HiveError('conflict', `another process${who} runs the daemon of ${home}: hive down ends it`);
}

/** The living supervisor of `home`, or null. */
export async function supervisorOf(home: string): Promise<ProcessIdentity | null> {
  return lockHolder(lockOf(home));
}

/** Whether the last daemon of `home` is gone and did not end by itself. */
export async function isDaemonLost(home: string): Promise<boolean> {
  const lock = daemonLock(home);
  return existsSync(lock) && (await lockHolder(lock)) === null;
}

function lockOf(home: string): string {
  return join(home, 'supervisor.lock');
}
