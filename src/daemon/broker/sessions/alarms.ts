import type { Clock } from '#src/lib/clock.ts';

interface Alarm {
  /** Monotonic, ms. */
  at: number;
  fn(): void;
}

/**
 * At most one alarm per key; setting again moves it. All of them share one timer, which is armed for the earliest: every call of a harness moves an alarm, and
 * nearly none of them ever rings.
 */
export class Alarms<K> {
  readonly #clock: Clock;
  readonly #alarms = new Map<K, Alarm>();
  #timer: { at: number; cancel(): void } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  set(key: K, ms: number, fn: () => void): void {
    const at = this.#clock.monotonic() + Math.max(0, ms);
    this.#alarms.set(key, { at, fn });
    this.#arm(at);
  }

  clear(key: K): void {
    if (this.#alarms.delete(key) && this.#alarms.size === 0) this.#disarm();
  }

  clearAll(): void {
    this.#alarms.clear();
    this.#disarm();
  }

  #arm(at: number): void {
    if (this.#timer && this.#timer.at <= at) return;
    this.#disarm();
    this.#timer = { at, cancel: this.#clock.after(at - this.#clock.monotonic(), () => this.#ring()) };
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** What is due rings in order; what it does may set and clear others. */
  #ring(): void {
    this.#timer = undefined;
    const now = this.#clock.monotonic();
    const due = [...this.#alarms].filter(([, { at }]) => at <= now).toSorted(([, a], [, b]) => a.at - b.at);
    for (const [key, alarm] of due) {
      if (this.#alarms.get(key) !== alarm) continue;
      this.#alarms.delete(key);
      alarm.fn();
    }
    const next = Math.min(...[...this.#alarms.values()].map(({ at }) => at));
    if (next < Infinity) this.#arm(next);
  }
}
