import type { Clock } from '#src/lib/clock.ts';
import { Lanes } from '#src/lib/lanes.ts';

/** More operations in one transaction only make the loop stall (FACTS/broker). */
const MAX_GROUP = 200;
/** … and so many of one lane: who sends one message waits for the group before, whoever floods. */
const MAX_OF_LANE = 32;
/** So long groups of others overtake what waits behind them, one group at least. */
const BEHIND_MS = 2;

/** What waits to be written: lanes take turns, and what is in no hurry comes behind them, each by itself. */
export class Queue<T> {
  readonly #lanes = new Lanes<T>();
  readonly #behind: T[] = [];
  #overtakenAt: number | undefined;
  readonly #clock: Pick<Clock, 'monotonic'>;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#lanes.size + this.#behind.length;
  }

  /** Of those what does not come behind the others. */
  get urgent(): number {
    return this.#lanes.size;
  }

  push(lane: string, item: T): void {
    this.#lanes.push(lane, item);
  }

  pushBehind(item: T): void {
    this.#behind.push(item);
  }

  /** What shares the next transaction; `urgent` = none of what comes behind the others. */
  take(urgent: boolean): T[] {
    if (urgent || this.#behind.length === 0 || this.#overtakes()) return this.#lanes.take(MAX_GROUP, MAX_OF_LANE);
    this.#overtakenAt = undefined;
    return this.#behind.splice(0, 1);
  }

  takeAll(): T[] {
    return [...this.#lanes.take(this.#lanes.size), ...this.#behind.splice(0)];
  }

  #overtakes(): boolean {
    if (this.#lanes.size === 0) return false;
    const now = this.#clock.monotonic();
    this.#overtakenAt ??= now;
    return now - this.#overtakenAt < BEHIND_MS;
  }
}
