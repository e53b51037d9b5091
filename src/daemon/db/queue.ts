import type { Clock } from '#src/lib/clock.ts';
import { Lanes } from '#src/lib/lanes.ts';

/** More operations in one transaction only make the loop stall (FACTS/broker). */
const MAX_GROUP = 200;
/** … and so many of one lane: who sends one message waits for the group before, whoever floods. */
const MAX_OF_LANE = 32;
/** What waits behind everything else goes first after this time, whoever floods. */
const BEHIND_MS = 50;

/** What waits to be written: lanes take turns, and what is in no hurry comes behind them, each by itself. */
export class Queue<T> {
  readonly #lanes = new Lanes<T>();
  readonly #behind: { item: T; since: number }[] = [];
  readonly #clock: Pick<Clock, 'monotonic'>;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#lanes.size + this.#behind.length;
  }

  push(lane: string, item: T): void {
    this.#lanes.push(lane, item);
  }

  pushBehind(item: T): void {
    this.#behind.push({ item, since: this.#clock.monotonic() });
  }

  /** What shares the next transaction. */
  take(): T[] {
    const [first] = this.#behind;
    if (!first || (this.#lanes.size > 0 && this.#clock.monotonic() - first.since < BEHIND_MS))
      return this.#lanes.take(MAX_GROUP, MAX_OF_LANE);
    this.#behind.shift();
    return [first.item];
  }

  takeAll(): T[] {
    return [...this.#lanes.take(this.#lanes.size), ...this.#behind.splice(0).map(({ item }) => item)];
  }
}
