import type { Database } from 'better-sqlite3';
import { excerpt } from '#src/lib/excerpt.ts';
import type { EventBody, HiveEvent } from '#src/protocol/events.ts';
import { insertRows, rowInsert } from './bulk-store.ts';
import type { Value } from './bulk-store.ts';

type MessageSent = Extract<EventBody, { type: 'message.sent' }>;

/** An event with the message that it says was sent (`sent` is null for all others), or the delivery that moved. */
interface EventRow extends Pick<MessageSent, 'from' | 'to' | 'kind' | 'ask'> {
  seq: number;
  at: number;
  type: EventBody['type'];
  agent: string | null;
  body: string;
  sent: number | null;
  said: string;
  moved: number | null;
  recipient: string;
}

const INSERT = rowInsert('INSERT INTO events (at, type, agent, body)', '(?, ?, ?, ?)');

/** Appends events in order and answers them with their numbers. */
export function insertEvents(db: Database, at: number, events: readonly EventBody[]): HiveEvent[] {
  if (events.length === 0) return [];
  const values: Value[] = [];
  for (const event of events) values.push(at, event.type, 'agent' in event ? event.agent : null, bodyOf(event));
  const first = insertRows(db, INSERT, values) - events.length + 1;
  return events.map((event, index) => ({ seq: first + index, at, ...event }));
}

/** What the row's other columns do not say; of a message and a delivery only what is not in them: the rest would be half of what a send or a turn writes. */
function bodyOf(event: EventBody): string {
  if (event.type === 'message.sent') return `{"message":${event.message}}`;
  if (event.type === 'delivery.changed')
    return `{"delivery":${event.delivery},"state":"${event.state}","turn":${event.turn}}`;
  if (event.type === 'turn.ended') return `{"turn":${event.turn},"outcome":"${event.outcome}"}`;
  return JSON.stringify({ ...event, type: undefined, agent: undefined });
}

/** Events after `seq`, oldest first; that a message was sent or delivered is not told any more once it was removed. */
export function listEventsAfter(db: Database, seq: number, max: number): HiveEvent[] {
  return db
    .prepare<[number, number], EventRow>(
      `SELECT e.seq, e.at, e.type, e.agent, e.body, m.id AS sent, m.sender AS "from", m.recipient AS "to", m.kind, m.ask_id AS ask, m.body AS said,
         d.message_id AS moved, d.recipient
       FROM events e LEFT JOIN messages m ON e.type = 'message.sent' AND m.id = e.body ->> 'message'
         LEFT JOIN deliveries d ON e.type = 'delivery.changed' AND d.id = e.body ->> 'delivery'
       WHERE e.seq > ? AND (e.type <> 'message.sent' OR m.id IS NOT NULL) AND (e.type <> 'delivery.changed' OR d.id IS NOT NULL)
       ORDER BY e.seq LIMIT ?`,
    )
    .all(seq, max)
    .map(toEvent);
}

function toEvent({
  seq,
  at,
  type,
  agent,
  body,
  sent,
  from,
  to,
  kind,
  ask,
  said,
  moved,
  recipient,
}: EventRow): HiveEvent {
  if (sent !== null)
    return { seq, at, type: 'message.sent', message: sent, from, to, kind, excerpt: excerpt(said), ask };
  const event = {
    seq,
    at,
    type,
    ...(agent !== null && { agent }),
    ...(moved !== null && { message: moved, recipient }),
  };
  return { ...event, ...(JSON.parse(body) as object) } as HiveEvent;
}

/** Number of the latest event; 0 when there was none. */
export function findLatestSeq(db: Database): number {
  return db.prepare<[], { seq: number }>('SELECT coalesce(max(seq), 0) AS seq FROM events').get()?.seq ?? 0;
}

/** Number of the oldest event that is still stored; 1 when there was none. */
export function findOldestSeq(db: Database): number {
  return db.prepare<[], { seq: number }>('SELECT coalesce(min(seq), 1) AS seq FROM events').get()?.seq ?? 1;
}
