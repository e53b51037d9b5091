import type { Tx } from '../../db/index.ts';
import { countQueued, listQueuedSenders } from '../stores/delivery-store.ts';
import type { QueuedSender } from '../stores/delivery-store.ts';

/** Messages at the head of a queue that are remembered at most … */
const REMEMBERED = 64;
/** … of which so many are told, from so many senders: looking at all of a long queue would cost every turn. */
const TOLD = 16;
const TOLD_SENDERS = 8;

/** What a turn is told of the rest of its agent's queue. */
export interface Backlog {
  remaining: number;
  /** Who sent the next 16, the first sender first, at most 8. */
  waiting: { from: string; count: number }[];
  /** The first of it. */
  next: QueuedSender | undefined;
}

interface Queue {
  count: number;
  /** Its head, in order; all of it while it is as long as the count. */
  head: QueuedSender[];
}

/**
 * How long the queues of agents that take turns are, and who sent what comes next: counted anew by every turn it would be a third of what a turn reads. It is only
 * told: who gets what is read from the table. Follows the running transaction; what a transaction changed is forgotten when it is undone.
 */
export class Backlogs {
  readonly #queues = new Map<string, Queue>();

  /** What waits for a recipient now. */
  of(tx: Tx, recipient: string): Backlog {
    const queue = this.#queues.get(recipient) ?? this.#load(tx, recipient);
    if (queue.head.length < Math.min(queue.count, TOLD)) queue.head = listQueuedSenders(tx.db, recipient, REMEMBERED);
    return { remaining: queue.count, waiting: bySender(queue.head), next: queue.head[0] };
  }

  /** A delivery was queued behind all others. */
  arrived(tx: Tx, recipient: string, row: QueuedSender): void {
    const queue = this.#change(tx, recipient);
    if (!queue) return;
    if (queue.head.length === queue.count && queue.count < REMEMBERED) queue.head.push(row);
    queue.count++;
  }

  /** A delivery is not queued any more. */
  left(tx: Tx, recipient: string, delivery: number): void {
    const queue = this.#change(tx, recipient);
    if (!queue) return;
    const place = queue.head.findIndex((row) => row.delivery === delivery);
    if (place >= 0) queue.head.splice(place, 1);
    queue.count--;
  }

  /** Something else happened to a queue. */
  forget(recipient: string): void {
    this.#queues.delete(recipient);
  }

  #load(tx: Tx, recipient: string): Queue {
    const queue = {
      count: countQueued(tx.db, recipient),
      head: listQueuedSenders(tx.db, recipient, REMEMBERED),
    };
    this.#queues.set(recipient, queue);
    tx.ifUndone(() => this.forget(recipient));
    return queue;
  }

  #change(tx: Tx, recipient: string): Queue | undefined {
    const queue = this.#queues.get(recipient);
    if (queue) tx.ifUndone(() => this.forget(recipient));
    return queue;
  }
}

function bySender(head: readonly QueuedSender[]): Backlog['waiting'] {
  const waiting: Backlog['waiting'] = [];
  for (let place = 0; place < TOLD && place < head.length; place++) {
    const from = head[place]?.from ?? '';
    const known = waiting.find((sender) => sender.from === from);
    if (known) known.count++;
    else if (waiting.length < TOLD_SENDERS) waiting.push({ from, count: 1 });
  }
  return waiting;
}
