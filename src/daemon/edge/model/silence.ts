import type { Clock } from '#src/lib/clock.ts';

/** Notices that something has been quiet for too long. */
export interface Silence {
  /** A byte came: the time starts anew. */
  heard(): void;
  end(): void;
}

/** Calls `onSilence` once when nothing was heard for `ms`. */
export function watchSilence(clock: Clock, ms: number, onSilence: () => void): Silence {
  let last = clock.monotonic();
  let cancel = (): void => undefined;
  const look = (): void => {
    const left = last + ms - clock.monotonic();
    if (left > 0) cancel = clock.after(left, look);
    else onSilence();
  };
  cancel = clock.after(ms, look);
  return {
    heard() {
      last = clock.monotonic();
    },
    end: () => cancel(),
  };
}
