import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_MS = 20;
const LONGEST_MS = 1000;
/** Tries at the first pause, about a second in all: a daemon that restarts is back by then, and a connect that is refused costs next to nothing. */
const QUICK = 30;

/**
 * Pause before try number `attempt` + 1 (the first failure is attempt 0): 20–50 ms for the first {@link QUICK}, then doubling up to 1 s, spread at random so that many
 * clients do not return at the same instant (F10 of FACTS/faults-and-attacks). `random` gives 0 ≤ x < 1.
 */
export function jitteredDelay(attempt: number, random: () => number = Math.random): number {
  const base = FIRST_MS * 2 ** Math.min(Math.max(0, attempt - QUICK), 10);
  return Math.min(LONGEST_MS, base * (1 + 1.5 * random()));
}

/** Waits the pause of {@link jitteredDelay}; rejects with the signal's reason when it aborts. */
export async function pauseBeforeRetry(attempt: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(jitteredDelay(attempt), undefined, signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
