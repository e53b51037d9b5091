import { performance } from 'node:perf_hooks';

/** `setTimeout` fires at once above 2^31-1 ms (FACTS/broker): longer waits are armed in legs of this length. */
const LONGEST_LEG_MS = 2 ** 31 - 1;

/** Time as the hive reads it; tests pass one they can set. */
export interface Clock {
  /** Wall time in epoch milliseconds: for people and due times. May jump. */
  now(): number;
  /** Milliseconds that only grow: for leases and time-outs. */
  monotonic(): number;
  /** Calls `fn` once after `ms`; the returned function cancels. Never keeps the process alive. */
  after(ms: number, fn: () => void): () => void;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, fn) => {
    let timer: NodeJS.Timeout;
    const arm = (left: number): void => {
      const leg = Math.min(left, LONGEST_LEG_MS);
      timer = setTimeout(() => (left > leg ? arm(left - leg) : fn()), leg);
      timer.unref();
    };
    arm(Math.max(0, ms));
    return () => clearTimeout(timer);
  },
};
