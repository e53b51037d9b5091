import type { Clock } from '#src/lib/clock.ts';

interface Alarm {
  /** Monotonic, ms; `Infinity` = it does not ring. */
  at: number;
  fn: (() => void) | undefined;
}

/**
 * At most one alarm per key; setting again moves it. All of them share one timer, which is armed for the earliest: every call of a harness moves an alarm, and
 * nearly none of them ever rings.
 */
export class Alarms<K> {
  readonly #clock: Clock;
  readonly #alarms = new Map<K, Alarm>();
  /** How many may ring. */
  #armed = 0;
  #timer: { at: number; cancel(): void } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  set(key: K, ms: number, fn: () => void): void {
    const at = this.#clock.monotonic() + Math.max(0, ms);
    const alarm = this.#alarms.get(key) ?? { at: Infinity, fn: undefined };
    if (alarm.fn === undefined) this.#alarms.set(key, alarm);
    this.#change(alarm, at, fn);
    this.#arm(at);
  }

  /** Whether the key was set since it was cleared or rang; it may be silent. */
  has(key: K): boolean {
    return this.#alarms.has(key);
  }

  /** For a key that is set again soon: as {@link clear}, without deleting what is added again (see `Lanes`). */
  silence(key: K): void {
    const known = this.#alarms.get(key);
    if (known) this.#change(known, Infinity, undefined);
  }

  clear(key: K): void {
    this.silence(key);
    this.#alarms.delete(key);
  }

  clearAll(): void {
    this.#alarms.clear();
    this.#armed = 0;
    this.#disarm();
  }

  #change(alarm: Alarm, at: number, fn: Alarm['fn']): void {
    if (alarm.fn !== undefined) this.#armed--;
    if (fn !== undefined) this.#armed++;
    alarm.at = at;
    alarm.fn = fn;
    if (this.#armed === 0) this.#disarm();
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
    const due = [...this.#alarms].filter(([, { at }]) => at <= now).map(([key, { at, fn }]) => ({ key, at, fn }));
    for (const { key, at, fn } of due.toSorted((one, other) => one.at - other.at)) {
      const alarm = this.#alarms.get(key);
      if (alarm?.fn !== fn || alarm?.at !== at) continue;
      this.clear(key);
      fn?.();
    }
    const next = Math.min(...[...this.#alarms.values()].map(({ at }) => at));
    if (next < Infinity) this.#arm(next);
  }
}
