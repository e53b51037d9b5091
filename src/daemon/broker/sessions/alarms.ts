import type { Clock } from '#src/lib/clock.ts';

/** At most one timer per key; setting again moves it. */
export class Alarms<K> {
  readonly #clock: Clock;
  readonly #timers = new Map<K, () => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  set(key: K, ms: number, fn: () => void): void {
    this.clear(key);
    const cancel = this.#clock.after(ms, () => {
      this.#timers.delete(key);
      fn();
    });
    this.#timers.set(key, cancel);
  }

  clear(key: K): void {
    this.#timers.get(key)?.();
    this.#timers.delete(key);
  }

  clearAll(): void {
    for (const key of [...this.#timers.keys()]) this.clear(key);
  }
}
