import type { Clock } from '#src/lib/clock.ts';
import { pause } from '#src/lib/pause.ts';

/** How one run of a program ended. */
export interface End {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** Pauses before the next start, the last one repeats; ms. */
const PAUSES = [200, 1000, 2000, 5000, 10_000];
/** After so many ends within the window nothing is started any more: what fails that often needs a person. */
const MOST_ENDS = 6;
const WINDOW_MS = 10 * 60_000;

/** What supervising needs. */
export interface Supervision {
  /** Runs the program once. */
  run(): Promise<End>;
  clock: Clock;
  /** One line for people. */
  say(line: string): void;
  /** Whether a run that was prepared can begin at once. */
  isReady?(): boolean;
  /** Aborts when the program was asked to end: then it is not started again. */
  signal: AbortSignal;
}

/**
 * Runs a program until it ends by itself: with 0, or the first time with 1, its refusal to start, which would only be repeated (one that ran before may find
 * a disk full or a port held for a moment). After any other end it is started again, with growing pauses or at once when a run is ready, and given up after {@link MOST_ENDS} ends within
 * ten minutes. Answers the exit code; 70 = given up.
 */
export async function supervise({ run, clock, say, isReady, signal }: Supervision): Promise<number> {
  let ends: number[] = [];
  for (let runs = 1; ; runs++) {
    const startedAt = clock.monotonic();
    const end = await run();
    if (signal.aborted || end.code === 0 || (end.code === 1 && runs === 1)) return end.code ?? 0;
    const now = clock.monotonic();
    ends = [...ends.filter((at) => now - at < WINDOW_MS), now];
    const what = `the daemon ended ${howOf(end)} after ${Math.round((now - startedAt) / 1000)} s`;
    if (ends.length >= MOST_ENDS) {
      say(
        `${what}, for the ${ends.length}th time within 10 minutes: it is not started again. Look into its log, then run hive up; hive down ends the containers that go on`,
      );
      return 70;
    }
    const wait = isReady?.() ? 0 : PAUSES[Math.min(ends.length, PAUSES.length) - 1]!;
    const when = wait === 0 ? 'starting it again at once' : `starting it again in ${wait / 1000} s`;
    say(`${what}: ${when} (${ends.length} of at most ${MOST_ENDS - 1} times within 10 minutes)`);
    if (wait === 0) continue;
    await pause(clock, wait, signal);
    if (signal.aborted) return 0;
  }
}

/** How a run ended, for people. */
export function howOf({ code, signal }: End): string {
  return signal === null ? `with exit code ${code}` : `by ${signal}`;
}
