import type { Database } from 'better-sqlite3';
import type { EventBody, HiveEvent } from '#src/protocol/events.ts';

interface EventRow {
  seq: number;
  at: number;
  body: string;
}

/** Rows of one INSERT: a call of its own for each event costs more than the row. */
const EVENTS_AT_ONCE = 16;
const INSERT_ONE = 'INSERT INTO events (at, type, agent, body) VALUES (?, ?, ?, ?)';
const INSERT_MANY = INSERT_ONE + ', (?, ?, ?, ?)'.repeat(EVENTS_AT_ONCE - 1);

/** Appends events in order and answers them with their numbers. */
export function insertEvents(db: Database, at: number, events: readonly EventBody[]): HiveEvent[] {
  const stored: HiveEvent[] = [];
  let from = 0;
  while (from < events.length) {
    const step = events.length - from < EVENTS_AT_ONCE ? 1 : EVENTS_AT_ONCE;
    insertSome(db, at, events.slice(from, from + step), stored);
    from += step;
  }
  return stored;
}

function insertSome(db: Database, at: number, events: readonly EventBody[], stored: HiveEvent[]): void {
  const values: (string | number | null)[] = [];
  for (const event of events) values.push(at, event.type, 'agent' in event ? event.agent : null, JSON.stringify(event));
  const { lastInsertRowid } = db.prepare(events.length === 1 ? INSERT_ONE : INSERT_MANY).run(...values);
  const first = Number(lastInsertRowid) - events.length + 1;
  for (const [index, event] of events.entries()) stored.push({ seq: first + index, at, ...event });
}

/** Events after `seq`, oldest first. */
export function listEventsAfter(db: Database, seq: number, max: number): HiveEvent[] {
  const rows = db
    .prepare<[number, number], EventRow>('SELECT seq, at, body FROM events WHERE seq > ? ORDER BY seq LIMIT ?')
    .all(seq, max);
  return rows.map((row) => ({ seq: row.seq, at: row.at, ...(JSON.parse(row.body) as EventBody) }));
}

/** Number of the latest event; 0 when there was none. */
export function findLatestSeq(db: Database): number {
  return db.prepare<[], { seq: number }>('SELECT coalesce(max(seq), 0) AS seq FROM events').get()?.seq ?? 0;
}

/** Number of the oldest event that is still stored; 1 when there was none. */
export function findOldestSeq(db: Database): number {
  return db.prepare<[], { seq: number }>('SELECT coalesce(min(seq), 1) AS seq FROM events').get()?.seq ?? 1;
}
