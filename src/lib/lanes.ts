/** Queues of several callers that take turns: one that floods does not delay the others (DESIGN §6). */
export class Lanes<T> {
  #lanes = new Map<string, T[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Items of one lane. */
  sizeOf(lane: string): number {
    return this.#lanes.get(lane)?.length ?? 0;
  }

  push(lane: string, item: T): void {
    const queue = this.#lanes.get(lane);
    if (queue) queue.push(item);
    else this.#lanes.set(lane, [item]);
    this.#size++;
  }

  /** Takes at most `max` items and `each` of one lane, one of each lane in turn; within a lane in order. */
  take(max: number, each = Infinity): T[] {
    const taken: T[] = [];
    for (let round = 0; round < each && taken.length < max && this.#size > 0; round++) {
      for (const [lane, queue] of [...this.#lanes]) {
        if (taken.length === max) break;
        this.#lanes.delete(lane);
        taken.push(queue.shift() as T);
        this.#size--;
        if (queue.length > 0) this.#lanes.set(lane, queue);
      }
    }
    return taken;
  }
}
