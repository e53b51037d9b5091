import type { Clock } from '#src/lib/clock.ts';

interface Timer {
  at: number;
  order: number;
  fn: () => void;
}

/** A clock that stands still until the test moves it. */
export interface TestClock extends Clock {
  /**
   * Moves both times on by `ms`; what was begun before has settled then, timers fire at their moment, in order, and what they
   * started has settled when it resolves.
   */
  advance(ms: number): Promise<void>;
  /** Moves both times on without firing timers, as after a machine that was busy or asleep. */
  jump(ms: number): void;
  /** Sets the wall time only, as a person or NTP does: monotonic time and timers do not notice. */
  setWall(at: number): void;
  /** Timers that are armed. */
  timers(): number;
}

/** Builds a clock at wall time `start` (epoch ms). */
export function createTestClock(start = Date.UTC(2026, 0, 5, 12)): TestClock {
  let monotonic = 1000;
  let wall = start - monotonic;
  let order = 0;
  const timers = new Set<Timer>();

  function nextUntil(end: number): Timer | undefined {
    const due = [...timers].filter((timer) => timer.at <= end);
    return due.toSorted((a, b) => a.at - b.at || a.order - b.order)[0];
  }

  return {
    now: () => wall + monotonic,
    monotonic: () => monotonic,
    after(ms, fn) {
      const timer = { at: monotonic + Math.max(0, ms), order: order++, fn };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    async advance(ms) {
      await settle();
      const end = monotonic + ms;
      for (let timer = nextUntil(end); timer; timer = nextUntil(end)) {
        timers.delete(timer);
        monotonic = Math.max(monotonic, timer.at);
        timer.fn();
        await settle();
      }
      monotonic = end;
      await settle();
    },
    jump(ms) {
      monotonic += ms;
    },
    setWall(at) {
      wall = at - monotonic;
    },
    timers: () => timers.size,
  };
}

/** Lets queued writes and what follows from them run: a few turns of the event loop. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve));
}
