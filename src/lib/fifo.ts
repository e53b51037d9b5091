/** Items that were taken and still have a place, at most … or as many as wait. */
const KEPT = 64;

/** First in, first out, without moving all that waits at every take. */
export class Fifo<T> {
  readonly #items: (T | undefined)[] = [];
  #next = 0;

  get size(): number {
    return this.#items.length - this.#next;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** The item that came first; undefined when there is none. */
  take(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#next];
    this.#items[this.#next++] = undefined;
    if (this.size === 0 || (this.#next >= KEPT && this.#next * 2 >= this.#items.length))
      this.#next -= this.#items.splice(0, this.#next).length;
    return item;
  }
}
