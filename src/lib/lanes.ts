/** Items of one lane: those before `next` were taken. */
interface Lane<T> {
  items: T[];
  next: number;
}

/** Items that were taken and still stand in a lane, at most … or as many as wait there. */
const KEPT = 64;

/** Queues of several callers that take turns: one that floods does not delay the others (DESIGN §6). */
export class Lanes<T> {
  #lanes = new Map<string, Lane<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Items of one lane. */
  sizeOf(lane: string): number {
    const queue = this.#lanes.get(lane);
    return queue === undefined ? 0 : queue.items.length - queue.next;
  }

  push(lane: string, item: T): void {
    const queue = this.#lanes.get(lane);
    if (queue) queue.items.push(item);
    else this.#lanes.set(lane, { items: [item], next: 0 });
    this.#size++;
  }

  /** Takes at most `max` items and `each` of one lane, one of each lane in turn; within a lane in order. */
  take(max: number, each = Infinity): T[] {
    const taken: T[] = [];
    for (let round = 0; round < each && taken.length < max && this.#size > 0; round++) this.#takeRound(taken, max);
    return taken;
  }

  /** A lane that has more goes to the end of the map, where this round does not come to it again. */
  #takeRound(taken: T[], max: number): void {
    let lanes = this.#lanes.size;
    for (const [lane, queue] of this.#lanes) {
      if (lanes-- === 0 || taken.length === max) return;
      this.#lanes.delete(lane);
      taken.push(queue.items[queue.next++] as T);
      this.#size--;
      if (queue.next < queue.items.length) this.#lanes.set(lane, queue);
      if (queue.next >= KEPT && queue.next * 2 >= queue.items.length)
        queue.next -= queue.items.splice(0, queue.next).length;
    }
  }
}
