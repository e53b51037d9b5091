import type { Database } from 'better-sqlite3';

/** A removed agent is reminded of nothing. */
export function cancelRemindersOf(db: Database, agent: string): void {
  db.prepare(`UPDATE reminders SET state = 'cancelled' WHERE agent = ? AND state = 'pending'`).run(agent);
}
