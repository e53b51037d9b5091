import type { QueuedDelivery } from '../stores/delivery-store.ts';

/** Rows that are remembered of one queue at most. */
export const MOST_ROWS = 128;

/** How many rows may still be remembered of all queues together. */
export interface Room {
  left: number;
}

/** The first rows of a queue as far as they are known, in order and without a gap. */
export class QueueHead {
  readonly #room: Room;
  #rows: QueuedDelivery[] = [];

  constructor(room: Room) {
    this.#room = room;
  }

  get rows(): readonly QueuedDelivery[] {
    return this.#rows;
  }

  /** Whether a delivery that comes next at `place` can be remembered. */
  takes(place: number): boolean {
    return place === this.#rows.length && place < MOST_ROWS && this.#room.left > 0;
  }

  /** Remembers the row that comes next. */
  push(row: QueuedDelivery): void {
    this.#rows.push(row);
    this.#room.left--;
  }

  /** The delivery at `place` is not queued any more. */
  remove(place: number): void {
    if (place >= this.#rows.length) return;
    if (place === 0) this.#rows.shift();
    else this.#rows.splice(place, 1);
    this.#room.left++;
  }

  /** Forgets the rows from `place` on. */
  cut(place: number): void {
    if (place >= this.#rows.length) return;
    this.#room.left += this.#rows.length - place;
    this.#rows.length = place;
  }

  /** Remembers these rows in place of the others. */
  fill(rows: QueuedDelivery[]): void {
    this.#room.left += this.#rows.length - rows.length;
    this.#rows = rows;
  }
}
