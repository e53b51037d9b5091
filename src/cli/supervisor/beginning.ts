import type { ChildProcess } from 'node:child_process';
import type { Clock } from '#src/lib/clock.ts';
import { pause } from '#src/lib/pause.ts';
import { lockHolder } from '#src/lib/process-lock.ts';
import { daemonLock } from '#src/protocol/home.ts';

/** So often it is looked whether it has begun. */
const LOOKS = 6;

/** What {@link endUnlessBegun} watches. */
export interface Beginning {
  /** The daemon, just started or told to begin. */
  child: Pick<ChildProcess, 'pid' | 'kill'>;
  home: string;
  /** Until it has begun, at most. */
  seconds: number;
  clock: Clock;
  /** One line for people. */
  say(line: string): void;
  /** Aborts when it has ended. */
  signal: AbortSignal;
}

/**
 * Ends by SIGKILL a daemon that does not hold the lock of its home in time: it hangs, and its own watchdog does not run yet. Looks are counted, not time, so that
 * a host that slept, or a supervisor that was stopped together with it, ends nobody.
 */
export async function endUnlessBegun({ child, home, seconds, clock, say, signal }: Beginning): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    await pause(clock, (seconds * 1000) / LOOKS, signal);
    const holder = await lockHolder(daemonLock(home));
    if (signal.aborted || holder?.pid === child.pid) return;
  }
  say(`the daemon did not begin within ${seconds} s, it hangs: ending it`);
  child.kill('SIGKILL');
}
