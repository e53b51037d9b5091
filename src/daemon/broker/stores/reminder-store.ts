import type { Database } from 'better-sqlite3';

/** A removed agent is reminded of nothing; answers the numbers of what was pending. */
export function cancelRemindersOf(db: Database, agent: string): number[] {
  return db
    .prepare<[string], { id: number }>(
      `UPDATE reminders INDEXED BY reminders_pending SET state = 'cancelled' WHERE agent = ? AND state = 'pending' RETURNING id`,
    )
    .all(agent)
    .map(({ id }) => id);
}
