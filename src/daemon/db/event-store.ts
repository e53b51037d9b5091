import type { Database, Statement } from 'better-sqlite3';
import { excerpt } from '#src/lib/excerpt.ts';
import type { EventBody, HiveEvent } from '#src/protocol/events.ts';

type MessageSent = Extract<EventBody, { type: 'message.sent' }>;

/** An event with the message it tells of: `sent` is null for all others. */
interface EventRow extends Pick<MessageSent, 'from' | 'to' | 'kind' | 'ask'> {
  seq: number;
  at: number;
  body: string;
  sent: number | null;
  said: string;
}

/** Rows of one INSERT, as many as there are: a call of its own for each event costs more than the row. */
const INSERTS = [64, 16, 4, 1].map((rows) => ({
  rows,
  sql: 'INSERT INTO events (at, type, agent, body) VALUES (?, ?, ?, ?)' + ', (?, ?, ?, ?)'.repeat(rows - 1),
}));

/** Appends events in order and answers them with their numbers. */
export function insertEvents(db: Database, at: number, events: readonly EventBody[]): HiveEvent[] {
  const stored: HiveEvent[] = [];
  for (const { rows, sql } of INSERTS)
    while (events.length - stored.length >= rows)
      insertSome(db.prepare(sql), at, events.slice(stored.length, stored.length + rows), stored);
  return stored;
}

function insertSome(insert: Statement, at: number, events: readonly EventBody[], stored: HiveEvent[]): void {
  const values: (string | number | null)[] = [];
  for (const event of events) values.push(at, event.type, 'agent' in event ? event.agent : null, bodyOf(event));
  const { lastInsertRowid } = insert.run(...values);
  const first = Number(lastInsertRowid) - events.length + 1;
  for (const [index, event] of events.entries()) stored.push({ seq: first + index, at, ...event });
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
