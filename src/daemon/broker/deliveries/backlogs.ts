import type { Logger } from 'pino';
import type { Database, Tx, Writer } from '../../db/index.ts';
import { findLastDelivery, isWaking, listAllQueued, listHead, listQueued, toQueued } from '../stores/delivery-store.ts';
import type { DeliveryRow, QueuedDelivery, QueuedRow } from '../stores/delivery-store.ts';
import type { MessageRow } from '../stores/message-store.ts';
import { MOST_ROWS, QueueHead } from './queue-head.ts';
import type { Room } from './queue-head.ts';
import { QueueOrder } from './queue-order.ts';

/** Rows that are remembered of all queues together: some megabytes at most. */
const ROWS_OF_ALL = 4096;
/** Messages of a queue that a turn is told of, from so many senders: looking at all of a long queue would cost every turn. */
const TOLD = 16;
const TOLD_SENDERS = 8;
/** No limit, for SQLite. */
const ALL = -1;

/** A transaction, or a mere look outside of one. */
export type View = Pick<Tx, 'db'> & Partial<Pick<Tx, 'beside' | 'ifUndone'>>;

/** What a turn is told of the rest of its agent's queue. */
export interface Backlog {
  remaining: number;
  /** Who sent the next 16, the first sender first, at most 8. */
  waiting: { from: string; count: number }[];
  /** The first of it. */
  next: QueuedDelivery | undefined;
}

/** What {@link Backlogs} needs. */
export interface BacklogsDeps {
  writer: Pick<Writer, 'read'>;
  log: Pick<Logger, 'error'>;
  /** The queues were read again, since they were not what the table says: somebody may wait for what was not seen. */
  readAgain(): void;
}

/** A delivery that is queued now. */
export interface Arrival {
  delivery: number;
  message: number;
  recipient: string;
  wakes: boolean;
}

interface Queue {
  order: QueueOrder;
  /** Its first rows, for agents that take turns. */
  head: QueueHead | undefined;
}

/**
 * The order of all queues, in memory: an index by recipient would write a page for each of them (docs/decisions/0040). The table stays the authority: a move works only out of the
 * right state, and what is not as it is here is logged and read again. Follows the running transaction: what an undone one changed is changed back, the last change first.
 */
export class Backlogs {
  readonly #deps: BacklogsDeps;
  #room: Room = { left: ROWS_OF_ALL };
  /** Undefined = to be read. */
  #queues: Map<string, Queue> | undefined;
  #latest: number;

  constructor(deps: BacklogsDeps) {
    this.#deps = deps;
    this.#queues = deps.writer.read(loadQueues);
    this.#latest = deps.writer.read(findLastDelivery);
  }

  /** Id of the latest delivery of anybody. */
  get latest(): number {
    return this.#latest;
  }

  /** What waits for a recipient that takes turns. */
  of(tx: Tx, recipient: string): Backlog {
    const rows = this.#head(tx, recipient, TOLD) ?? this.#head(tx, recipient, TOLD) ?? [];
    return { remaining: this.count(tx, recipient), waiting: bySender(rows), next: rows[0] };
  }

  /** The first deliveries of a queue, at most `max`, with all that their recipient is shown. */
  first(view: View, recipient: string, max: number): DeliveryRow[] {
    return this.#tryFirst(view, recipient, max) ?? this.#tryFirst(view, recipient, max) ?? [];
  }

  /** How many wait for a recipient. */
  count(view: View, recipient: string): number {
    return this.#read(view).get(recipient)?.order.length ?? 0;
  }

  /** How many wait for all agents, and for the operator. */
  totals(view: View): { queued: number; unread: number } {
    const unread = this.count(view, 'operator');
    let all = 0;
    for (const { order } of this.#read(view).values()) all += order.length;
    return { queued: all - unread, unread };
  }

  /** Whether something that wakes waits for a recipient. */
  wakes(view: View, recipient: string): boolean {
    return (this.#read(view).get(recipient)?.order.waking ?? 0) > 0;
  }

  /** What waits for a recipient, wakes and came after delivery `after`; ids in order. */
  wakingSince(view: View, recipient: string, after: number): number[] {
    return this.#read(view).get(recipient)?.order.wakingAfter(after) ?? [];
  }

  /** All that waits for a recipient, ids in order. */
  list(view: View, recipient: string): number[] {
    return this.#read(view).get(recipient)?.order.list(0, Infinity) ?? [];
  }

  /** For whom something waits. */
  recipients(view: View): string[] {
    return [...this.#read(view)].filter(([, { order }]) => order.length > 0).map(([recipient]) => recipient);
  }

  /** A delivery of a message that was just stored is queued. */
  arrived(tx: Tx, { delivery, message, recipient, wakes }: Arrival, row: Omit<MessageRow, 'id'>): void {
    const before = this.#latest;
    this.#latest = delivery;
    tx.ifUndone(() => (this.#latest = before));
    if (!this.#queues) return;
    const queue = this.#queueOf(tx, recipient);
    const place = queue.order.add(delivery, wakes);
    if (place < 0) return this.#differs('a delivery is queued twice', { recipient, delivery });
    if (queue.head?.takes(place) === true && place === queue.order.length - 1)
      queue.head.push(toQueued({ delivery, message, recipient, wakes: wakes ? 1 : 0 }, row));
    else queue.head?.cut(place);
    tx.ifUndone(() => takeOut(queue, delivery));
  }

  /** A delivery is queued again, at its old place. */
  returned(tx: Tx, recipient: string, delivery: number): void {
    if (!this.#queues) return;
    const queue = this.#queueOf(tx, recipient);
    const place = queue.order.add(delivery, isWaking(tx.db, delivery));
    if (place < 0) return this.#differs('a delivery is queued twice', { recipient, delivery });
    queue.head?.cut(place);
    tx.ifUndone(() => takeOut(queue, delivery));
  }

  /** A delivery is not queued any more. */
  left(tx: Tx, recipient: string, delivery: number): void {
    if (!this.#queues) return;
    const queue = this.#queueOf(tx, recipient);
    const wakes = takeOut(queue, delivery);
    if (wakes === undefined) return this.#differs('a queued delivery was not known', { recipient, delivery });
    tx.ifUndone(() => {
      const place = queue.order.add(delivery, wakes);
      queue.head?.cut(place);
    });
  }

  /** Something else of messages that are queued was changed than that they are. */
  forgetRows(): void {
    for (const { head } of this.#queues?.values() ?? []) head?.cut(0);
  }

  /** Compares the queues with rows that are queued: all of them with ids above `after` and up to `upTo`. What differs is logged, and read again. */
  compare(rows: readonly QueuedRow[], after: number, upTo: number): boolean {
    const queues = this.#queues;
    if (!queues) return true;
    let known = 0;
    for (const { order } of queues.values()) known += order.countBetween(after, upTo);
    const unknown = rows.filter((row) => !queues.get(row.recipient)?.order.has(row.delivery, row.wakes === 1));
    if (unknown.length === 0 && known === rows.length) return true;
    this.#differs('the queues are not what the table says', {
      ...{ deliveries: unknown.slice(0, 20).map((row) => row.delivery), after, upTo },
    });
    return false;
  }

  /** Undefined when the queues are read again. */
  #tryFirst(view: View, recipient: string, max: number): DeliveryRow[] | undefined {
    const { order, head } = this.#queueOf(view, recipient);
    if (order.length === 0) return [];
    if (!head || max > MOST_ROWS) return this.#find(view, recipient, order.list(0, max), listQueued);
    const rows = this.#head(view, recipient, max);
    if (!rows) return undefined;
    const first: DeliveryRow[] = [];
    for (let place = 0; place < max && place < rows.length; place++) {
      const row = rows[place] as QueuedDelivery;
      const [whole] = isWhole(row) ? [row] : (this.#find(view, recipient, [row.delivery], listQueued) ?? []);
      if (!whole) return undefined;
      first.push(whole);
    }
    return first;
  }

  /** The first rows of the queue of a recipient that takes turns: `wanted` of them if there are so many, and more when they are known. Undefined when the queues are read again. */
  #head(view: View, recipient: string, wanted: number): readonly QueuedDelivery[] | undefined {
    const queue = this.#queueOf(view, recipient);
    const head = (queue.head ??= new QueueHead(this.#room));
    if (head.rows.length >= Math.min(queue.order.length, wanted)) return head.rows;
    const rows = this.#find(view, recipient, queue.order.list(0, MOST_ROWS), listHead);
    if (!rows) return undefined;
    if (this.#room.left + head.rows.length < rows.length) this.forgetRows();
    head.fill(rows);
    view.ifUndone?.(() => head.cut(0));
    return rows;
  }

  /** What `list` finds of queued deliveries: each of them, or the queues are read again. What was put off may have to be written before. */
  #find<Row>(
    view: View,
    recipient: string,
    ids: readonly number[],
    list: (db: Database, ids: readonly number[]) => Row[],
  ): Row[] | undefined {
    const found = list(view.beside ?? view.db, ids);
    if (found.length === ids.length) return found;
    const written = list(view.db, ids);
    return written.length === ids.length
      ? written
      : this.#differs('a delivery is not queued', { recipient, deliveries: ids });
  }

  #queueOf(view: View, recipient: string): Queue {
    const queues = this.#read(view);
    const known = queues.get(recipient);
    if (known) return known;
    const queue = { order: new QueueOrder(), head: undefined };
    queues.set(recipient, queue);
    return queue;
  }

  #read(view: View): Map<string, Queue> {
    if (this.#queues) return this.#queues;
    this.#queues = loadQueues(view.db);
    this.#room = { left: ROWS_OF_ALL };
    view.ifUndone?.(() => (this.#queues = undefined));
    return this.#queues;
  }

  #differs(what: string, about: Record<string, unknown>): undefined {
    this.#deps.log.error(about, `${what}: the queues are read again`);
    this.#queues = undefined;
    this.#deps.readAgain();
  }
}

function loadQueues(db: Database): Map<string, Queue> {
  const queues = new Map<string, Queue>();
  for (const { delivery, recipient, wakes } of listAllQueued(db, 0, ALL)) {
    let queue = queues.get(recipient);
    if (!queue) queues.set(recipient, (queue = { order: new QueueOrder(), head: undefined }));
    queue.order.add(delivery, wakes === 1);
  }
  return queues;
}

/** Answers whether it woke; undefined when it was not there. */
function takeOut({ order, head }: Queue, delivery: number): boolean | undefined {
  const taken = order.remove(delivery);
  if (taken) head?.remove(taken.place);
  return taken?.wakes;
}

/** Whether a remembered row is all that its recipient is shown: a long text is not remembered, and an ask may be over meanwhile. */
function isWhole(row: QueuedDelivery): row is DeliveryRow {
  return row.body !== null && row.ask === null;
}

function bySender(rows: readonly QueuedDelivery[]): Backlog['waiting'] {
  const waiting: Backlog['waiting'] = [];
  for (let place = 0; place < TOLD && place < rows.length; place++) {
    const from = rows[place]?.sender ?? '';
    const known = waiting.find((sender) => sender.from === from);
    if (known) known.count++;
    else if (waiting.length < TOLD_SENDERS) waiting.push({ from, count: 1 });
  }
  return waiting;
}
