import { HiveError, toHiveError } from '#src/lib/errors.ts';
import { pauseBeforeRetry } from '#src/lib/backoff.ts';

/** How long after its first failure a call may be tried again before it fails (FACTS/reference: one budget around every tool call). */
export const RETRY_BUDGET_MS = 60_000;

/** For how long something is tried again, and who hears of it. */
export interface RetryOptions {
  signal?: AbortSignal;
  budgetMs?: number;
  /** Waits until another try is worth it, in place of a pause; `attempt` counts from 0. */
  pause?: (attempt: number) => Promise<void>;
}

/** A value and how many times it had to be tried again. */
export interface Retried<T> {
  value: T;
  retries: number;
}

/**
 * Runs `attempt` until it works, its error is not worth a retry, or the budget is spent; pauses grow from 20–50 ms to 1 s.
 * Only for calls that may be made twice: reads, and calls with a key.
 */
export async function withRetry<T>(attempt: () => Promise<T>, options: RetryOptions = {}): Promise<Retried<T>> {
  let end: number | undefined;
  for (let retries = 0; ; retries++) {
    try {
      return { value: await attempt(), retries };
    } catch (thrown) {
      options.signal?.throwIfAborted();
      const error = toHiveError(thrown);
      end ??= performance.now() + (options.budgetMs ?? RETRY_BUDGET_MS);
      if (!error.retry || performance.now() >= end) throw afterRetries(error, retries);
      await (options.pause ? options.pause(retries) : pauseBeforeRetry(retries, options.signal));
    }
  }
}

/** What to tell a caller after retries, so that a model does not repeat the call by itself; empty when there were none. */
export function retryNote(retries: number): string {
  if (retries === 0) return '';
  const times = retries === 1 ? 'once' : `${retries} times`;
  return `(the hive was not reachable for a moment; this call was repeated ${times} and took effect only once: do not repeat it)`;
}

function afterRetries(error: HiveError, retries: number): HiveError {
  if (retries === 0) return error;
  return new HiveError(error.code, `${error.message} (tried ${retries + 1} times)`, {
    retry: error.retry,
    cause: error,
  });
}
