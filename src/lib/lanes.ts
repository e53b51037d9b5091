import { Fifo } from './fifo.ts';

/**
 * Queues of several callers that take turns: one that floods does not delay the others (DESIGN §6). A lane is kept when it is empty, so there may be only so many
 * names: a map from which entries are deleted again and again leaves tables that keep what they held alive until all garbage is looked for.
 */
export class Lanes<T> {
  readonly #lanes = new Map<string, Fifo<T>>();
  /** Those that have something, the next one first. */
  readonly #turns = new Fifo<Fifo<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Items of one lane. */
  sizeOf(lane: string): number {
    return this.#lanes.get(lane)?.size ?? 0;
  }

  push(lane: string, item: T): void {
    const queue = this.#lanes.get(lane) ?? this.#add(lane);
    if (queue.size === 0) this.#turns.push(queue);
    queue.push(item);
    this.#size++;
  }

  /** Takes at most `max` items and `each` of one lane, one of each lane in turn; within a lane in order. */
  take(max: number, each = Infinity): T[] {
    const taken: T[] = [];
    for (let round = 0; round < each && taken.length < max && this.#size > 0; round++) this.#takeRound(taken, max);
    return taken;
  }

  #add(lane: string): Fifo<T> {
    const queue = new Fifo<T>();
    this.#lanes.set(lane, queue);
    return queue;
  }

  #takeRound(taken: T[], max: number): void {
    for (let lanes = this.#turns.size; lanes > 0 && taken.length < max; lanes--) {
      const queue = this.#turns.take() as Fifo<T>;
      taken.push(queue.take() as T);
      this.#size--;
      if (queue.size > 0) this.#turns.push(queue);
    }
  }
}
