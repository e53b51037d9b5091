import type { Database } from 'better-sqlite3';
import type { EventBody, HiveEvent } from '#src/protocol/events.ts';

interface EventRow {
  seq: number;
  at: number;
  body: string;
}

/** Appends an event and answers it with its number. */
export function insertEvent(db: Database, at: number, event: EventBody): HiveEvent {
  const agent = 'agent' in event ? event.agent : null;
  const { lastInsertRowid } = db
    .prepare('INSERT INTO events (at, type, agent, body) VALUES (?, ?, ?, ?)')
    .run(at, event.type, agent, JSON.stringify(event));
  return { seq: Number(lastInsertRowid), at, ...event };
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
