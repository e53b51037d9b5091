import type { Database } from 'better-sqlite3';

/** A reminder as stored. */
export interface ReminderRow {
  id: number;
  agent: string;
  message: string;
  due_at: number;
  cron: string | null;
  timezone: string | null;
  state: 'pending' | 'fired' | 'cancelled';
  set_by: string;
  created_at: number;
}

/** A reminder that is due. */
export interface DueReminder extends Pick<
  ReminderRow,
  'id' | 'agent' | 'message' | 'due_at' | 'cron' | 'timezone' | 'set_by'
> {
  /** Of the turn that set it, as messages have it. */
  depth: number;
  /** 0 when the agent was removed meanwhile. */
  there: number;
}

const COLUMNS = 'id, agent, message, due_at, cron, timezone, set_by, created_at';

/** Stores a pending reminder; answers its id. */
export function insertReminder(
  db: Database,
  row: Pick<ReminderRow, 'agent' | 'message' | 'cron' | 'timezone'> & {
    dueAt: number;
    by: string;
    depth: number;
    at: number;
  },
): number {
  const { lastInsertRowid } = db
    .prepare(
      `INSERT INTO reminders (agent, message, due_at, cron, timezone, state, set_by, depth, created_at)
       VALUES (@agent, @message, @dueAt, @cron, @timezone, 'pending', @by, @depth, @at)`,
    )
    .run(row);
  return Number(lastInsertRowid);
}

/** A reminder by its id, in whatever state. */
export function findReminder(db: Database, id: number): ReminderRow | undefined {
  return db.prepare<[number], ReminderRow>(`SELECT ${COLUMNS}, state FROM reminders WHERE id = ?`).get(id);
}

/** Pending ones, the next first; `agent` null = everybody's. */
export function listPending(db: Database, agent: string | null, max: number): Omit<ReminderRow, 'state'>[] {
  const [index, whose] = agent === null ? ['reminders_due', ''] : ['reminders_pending', 'AND agent = @agent'];
  return db
    .prepare<[object], Omit<ReminderRow, 'state'>>(
      `SELECT ${COLUMNS} FROM reminders INDEXED BY ${index} WHERE state = 'pending' ${whose} ORDER BY due_at, id LIMIT @max`,
    )
    .all({ max, ...(agent !== null && { agent }) });
}

/** How many an agent has set itself; the operator's are not its own. */
export function countPending(db: Database, agent: string): number {
  return (
    db
      .prepare<[string, string], { many: number }>(
        `SELECT count(*) AS many FROM reminders INDEXED BY reminders_pending WHERE agent = ? AND set_by = ? AND state = 'pending'`,
      )
      .get(agent, agent)?.many ?? 0
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

/** Due reminders in the order of their due times; the index is pinned. */
export const DUE_SQL = `SELECT id, agent FROM reminders INDEXED BY reminders_due
  WHERE state = 'pending' AND due_at <= +? ORDER BY due_at, id LIMIT +?`;

/** The first `max` reminders due by `now`, and whose they are. */
export function listDue(db: Database, now: number, max: number): Pick<ReminderRow, 'id' | 'agent'>[] {
  return db.prepare<[number, number], Pick<ReminderRow, 'id' | 'agent'>>(DUE_SQL).all(now, max);
}

/** Those of the reminders that are due by `now`, in the order of their ids in the list. */
export function readDue(db: Database, now: number, ids: readonly number[]): DueReminder[] {
  return db
    .prepare<[string, number], DueReminder>(
      `SELECT r.id, r.agent, r.message, r.due_at, r.cron, r.timezone, r.set_by, r.depth, EXISTS (
         SELECT 1 FROM agents WHERE name = r.agent AND removed_at IS NULL
       ) AS there FROM json_each(?) j CROSS JOIN reminders r NOT INDEXED ON r.id = j.value
       WHERE r.state = 'pending' AND r.due_at <= ? ORDER BY j.key`,
    )
    .all(JSON.stringify(ids), now);
}

/** Ends a pending reminder; false when it is not pending any more. */
export function endReminder(db: Database, row: { id: number; state: 'fired' | 'cancelled' }): boolean {
  return db.prepare(`UPDATE reminders SET state = @state WHERE id = @id AND state = 'pending'`).run(row).changes === 1;
}

/**
 * Ends pending reminders that fired. An error ends the whole operation: OR FAIL spares SQLite copying each page, to undo the statement alone, which costs as
 * much as the statement.
 */
export function endFired(db: Database, ids: readonly number[]): void {
  db.prepare(`UPDATE OR FAIL reminders SET state = 'fired' WHERE id IN (SELECT value FROM json_each(?))`).run(
    JSON.stringify(ids),
  );
}

/** A schedule's next nominal due time. */
export function setNextDue(db: Database, row: { id: number; dueAt: number }): void {
  db.prepare('UPDATE reminders SET due_at = @dueAt WHERE id = @id').run(row);
}

/**
 * Notes that reminders fire for the due times that they have: the messages follow each other in the reminders' order. A second firing for the same due time
 * violates the primary key.
 */
export function insertFirings(
  db: Database,
  fired: { reminders: readonly number[]; firstMessage: number; at: number },
): void {
  db.prepare(
    `INSERT INTO reminder_firings (reminder_id, due_at, agent, message_id, fired_at)
     SELECT r.id, r.due_at, r.agent, @firstMessage + j.key, @at
     FROM json_each(@reminders) j CROSS JOIN reminders r ON r.id = j.value`,
  ).run({ ...fired, reminders: JSON.stringify(fired.reminders) });
}

/** Counts over the firings of one agent; the index is pinned. */
export const COUNT_SQL = `SELECT count(DISTINCT message_id) AS fired, count(lease) AS attempts, count(acked) AS delivered FROM (
    SELECT f.message_id, l.id AS lease, iif(l.outcome = 'acked', 1, NULL) AS acked
    FROM reminder_firings f INDEXED BY reminder_firings_by_agent
    LEFT JOIN deliveries d INDEXED BY deliveries_by_message ON d.message_id = f.message_id
    LEFT JOIN leases l INDEXED BY leases_by_delivery ON l.delivery_id = d.id AND coalesce(l.outcome, '') <> 'returned'
    WHERE f.agent = ? AND f.fired_at >= ?
  )`;

/** What fired for an agent since `since`, how often it was handed to a turn, and how often such a turn ended well. */
export function countSince(
  db: Database,
  agent: string,
  since: number,
): { fired: number; attempts: number; delivered: number } {
  const row = db
    .prepare<[string, number], { fired: number; attempts: number; delivered: number }>(COUNT_SQL)
    .get(agent, since);
  return row ?? { fired: 0, attempts: 0, delivered: 0 };
}
