import { HiveError } from '#src/lib/errors.ts';
import { claimLock } from '#src/lib/process-lock.ts';
import { daemonLock } from '#src/protocol/home.ts';

/** Makes this process the only daemon of `home`, until it is disposed or dead: `<home>/daemon.lock`. Throws `conflict` with the pid of a living holder. */
export async function lockHome(home: string): Promise<AsyncDisposable> {
  const claim = await claimLock(daemonLock(home));
  if (claim.lock) return claim.lock;
  throw new HiveError(
    'conflict',
    claim.holder
      ? `a daemon of ${home} is running already (pid ${claim.holder.pid}): hive down ends it`
      : `another daemon of ${home} is just starting: look at hive status`,
  );
}
