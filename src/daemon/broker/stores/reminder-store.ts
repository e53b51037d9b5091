import type { Database } from 'better-sqlite3';

/** Reminders of an agent that are still to come. */
export function countPendingReminders(db: Database, agent: string): number {
  return (
    db
      .prepare<[string], { many: number }>(
        `SELECT count(*) AS many FROM reminders INDEXED BY reminders_pending WHERE agent = ? AND state = 'pending'`,
      )
      .get(agent)?.many ?? 0
  );
}

/** A removed agent is reminded of nothing. */
export function cancelRemindersOf(db: Database, agent: string): void {
  db.prepare(`UPDATE reminders SET state = 'cancelled' WHERE agent = ? AND state = 'pending'`).run(agent);
}
