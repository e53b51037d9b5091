import type { Database } from 'better-sqlite3';

/** A reminder that is due. */
export interface DueReminder {
  id: number;
  agent: string;
  message: string;
  due_at: number;
  set_by: string;
  /** 0 when the agent was removed meanwhile. */
  there: number;
}

export function insertReminder(
  db: Database,
  row: { agent: string; message: string; dueAt: number; by: string; at: number },
): number {
  const { lastInsertRowid } = db
    .prepare(
      `INSERT INTO reminders (agent, message, due_at, state, set_by, created_at)
       VALUES (@agent, @message, @dueAt, 'pending', @by, @at)`,
    )
    .run(row);
  return Number(lastInsertRowid);
}

export function countPending(db: Database, agent: string): number {
  return (
    db
      .prepare<[string], { many: number }>(
        `SELECT count(*) AS many FROM reminders INDEXED BY reminders_pending WHERE agent = ? AND state = 'pending'`,
      )
      .get(agent)?.many ?? 0
  );
}

/** Whether there is such an agent now. */
export function agentExists(db: Database, agent: string): boolean {
  return (
    db
      .prepare<[string], { name: string }>('SELECT name FROM agents WHERE name = ? AND removed_at IS NULL')
      .get(agent) !== undefined
  );
}

/** When the next reminder is due. */
export function findNextDue(db: Database): number | null {
  return (
    db
      .prepare<[], { at: number | null }>(
        `SELECT min(due_at) AS at FROM reminders INDEXED BY reminders_due WHERE state = 'pending'`,
      )
      .get()?.at ?? null
  );
}

/** Due reminders in order of their due times; the index is pinned. */
export const DUE_SQL = `SELECT id, agent, message, due_at, set_by, EXISTS (
    SELECT 1 FROM agents WHERE name = reminders.agent AND removed_at IS NULL
  ) AS there FROM reminders INDEXED BY reminders_due WHERE state = 'pending' AND due_at <= ? ORDER BY due_at, id LIMIT ?`;

/** At most `max` reminders due by `now`. */
export function listDue(db: Database, now: number, max: number): DueReminder[] {
  return db.prepare<[number, number], DueReminder>(DUE_SQL).all(now, max);
}

/** Ends a pending reminder; false when it is not pending any more. */
export function endReminder(db: Database, row: { id: number; state: 'fired' | 'cancelled' }): boolean {
  return db.prepare(`UPDATE reminders SET state = @state WHERE id = @id AND state = 'pending'`).run(row).changes === 1;
}

/** Notes the firing; a second one for the same due time violates the primary key. */
export function insertFiring(
  db: Database,
  row: { reminder: number; dueAt: number; message: number; at: number },
): void {
  db.prepare(
    `INSERT INTO reminder_firings (reminder_id, due_at, message_id, fired_at) VALUES (@reminder, @dueAt, @message, @at)`,
  ).run(row);
}
