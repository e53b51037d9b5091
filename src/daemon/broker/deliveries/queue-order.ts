/** Places before the head that are kept before the list is moved up. */
const MOST_LEFT = 32;

/**
 * The deliveries that are queued for one recipient, in the order of their ids, each with whether it wakes: eight bytes of each. What comes last is appended and what comes
 * first is taken without moving the others.
 */
export class QueueOrder {
  /** Twice the id, and one more when it wakes; what stands before {@link #head} has left. */
  readonly #entries: number[] = [];
  #head = 0;
  #waking = 0;

  get length(): number {
    return this.#entries.length - this.#head;
  }

  /** How many of them wake. */
  get waking(): number {
    return this.#waking;
  }

  /** Takes a delivery in; answers its place from 0, or -1 when it is there already. */
  add(id: number, wakes: boolean): number {
    const entries = this.#entries;
    const entry = id * 2 + (wakes ? 1 : 0);
    const place = this.#find(id);
    if (isOf(entries[place], id)) return -1;
    const behind = place - this.#head;
    if (place === entries.length) entries.push(entry);
    else if (place === this.#head && this.#head > 0) entries[--this.#head] = entry;
    else entries.splice(place, 0, entry);
    if (wakes) this.#waking++;
    return behind;
  }

  /** Takes a delivery out; answers where it stood and whether it wakes, undefined when it is not there. */
  remove(id: number): { place: number; wakes: boolean } | undefined {
    const entries = this.#entries;
    const found = this.#find(id);
    const entry = entries[found];
    if (entry === undefined || !isOf(entry, id)) return undefined;
    const place = found - this.#head;
    const wakes = entry % 2 === 1;
    if (wakes) this.#waking--;
    if (place === 0) this.#head++;
    else entries.splice(found, 1);
    if (this.#head >= MOST_LEFT && this.#head * 2 >= entries.length) this.#moveUp();
    return { place, wakes };
  }

  /** Ids from a place on, at most `max`. */
  list(from: number, max: number): number[] {
    const begin = this.#head + from;
    const ids: number[] = [];
    for (let place = begin; place < this.#entries.length && place < begin + max; place++)
      ids.push(Math.floor((this.#entries[place] ?? 0) / 2));
    return ids;
  }

  /** Ids above `after` of those that wake. */
  wakingAfter(after: number): number[] {
    return this.#entries
      .slice(this.#find(after + 1))
      .filter((entry) => entry % 2 === 1)
      .map((entry) => Math.floor(entry / 2));
  }

  /** Whether a delivery is there, and wakes or not. */
  has(id: number, wakes: boolean): boolean {
    return this.#entries[this.#find(id)] === id * 2 + (wakes ? 1 : 0);
  }

  /** How many have an id above `after` and up to `upTo`. */
  countBetween(after: number, upTo: number): number {
    return this.#find(upTo + 1) - this.#find(after + 1);
  }

  /** Place in {@link #entries} of the first one that is not before `id`: most questions are about the first or what comes after the last. */
  #find(id: number): number {
    const entries = this.#entries;
    const wanted = id * 2;
    if (this.#head === entries.length || (entries[entries.length - 1] ?? 0) < wanted) return entries.length;
    if ((entries[this.#head] ?? 0) >= wanted) return this.#head;
    let low = this.#head;
    let high = entries.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((entries[middle] ?? 0) < wanted) low = middle;
      else high = middle;
    }
    return high;
  }

  #moveUp(): void {
    const { length } = this;
    this.#entries.copyWithin(0, this.#head);
    this.#entries.length = length;
    this.#head = 0;
  }
}

function isOf(entry: number | undefined, id: number): boolean {
  return entry === id * 2 || entry === id * 2 + 1;
}
