import type { Database } from 'better-sqlite3';
import { excerpt } from '#src/lib/excerpt.ts';
import type { EventBody, HiveEvent } from '#src/protocol/events.ts';
import { insertRows, rowInsert } from './bulk-store.ts';
import type { Value } from './bulk-store.ts';

type MessageSent = Extract<EventBody, { type: 'message.sent' }>;

/** An event with the message it tells of: `sent` is null for all others. */
interface EventRow extends Pick<MessageSent, 'from' | 'to' | 'kind' | 'ask'> {
  seq: number;
  at: number;
  body: string;
  sent: number | null;
  said: string;
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

/** Of a message only its number: the rest is in the message, and would be half of what a send writes. */
function bodyOf(event: EventBody): string {
  return event.type === 'message.sent' ? `{"message":${event.message}}` : JSON.stringify(event);
}

/** Events after `seq`, oldest first; that a message was sent is not told any more once it was removed. */
export function listEventsAfter(db: Database, seq: number, max: number): HiveEvent[] {
  return db
    .prepare<[number, number], EventRow>(
      `SELECT e.seq, e.at, e.body, m.id AS sent, m.sender AS "from", m.recipient AS "to", m.kind, m.ask_id AS ask, m.body AS said
       FROM events e LEFT JOIN messages m ON e.type = 'message.sent' AND m.id = e.body ->> 'message'
       WHERE e.seq > ? AND (e.type <> 'message.sent' OR m.id IS NOT NULL) ORDER BY e.seq LIMIT ?`,
    )
    .all(seq, max)
    .map(toEvent);
}

function toEvent({ seq, at, body, sent, from, to, kind, ask, said }: EventRow): HiveEvent {
  if (sent === null) return { seq, at, ...(JSON.parse(body) as EventBody) };
  return { seq, at, type: 'message.sent', message: sent, from, to, kind, excerpt: excerpt(said), ask };
}

/** Number of the latest event; 0 when there was none. */
export function findLatestSeq(db: Database): number {
  return db.prepare<[], { seq: number }>('SELECT coalesce(max(seq), 0) AS seq FROM events').get()?.seq ?? 0;
}

/** Number of the oldest event that is still stored; 1 when there was none. */
export function findOldestSeq(db: Database): number {
  return db.prepare<[], { seq: number }>('SELECT coalesce(min(seq), 1) AS seq FROM events').get()?.seq ?? 1;
}
