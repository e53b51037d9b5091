import type { Database } from 'better-sqlite3';

/** Where an ask is: everything but `open` is final. */
export type AskState = 'open' | 'answered' | 'cancelled' | 'expired';

/** An ask as stored; `options` is JSON. */
export interface AskRow {
  id: number;
  asker: string;
  target: string;
  question: string;
  options: string | null;
  multi: number;
  state: AskState;
  asked_at: number;
  deadline_at: number | null;
  answer: string | null;
  answered_by: string | null;
  answered_at: number | null;
  issue_number: number | null;
}

const COLUMNS = `id, asker, target, question, options, multi, state, asked_at, deadline_at, answer, answered_by, answered_at, issue_number`;

/** Stores an open ask; answers its id. */
export function insertAsk(
  db: Database,
  row: Pick<AskRow, 'asker' | 'target' | 'question' | 'options' | 'multi' | 'asked_at' | 'deadline_at'>,
): number {
  const { lastInsertRowid } = db
    .prepare(
      `INSERT INTO asks (asker, target, question, options, multi, state, asked_at, deadline_at)
       VALUES (@asker, @target, @question, @options, @multi, 'open', @asked_at, @deadline_at)`,
    )
    .run(row);
  return Number(lastInsertRowid);
}

/** An ask by its id. */
export function findAsk(db: Database, id: number): AskRow | undefined {
  return db.prepare<[number], AskRow>(`SELECT ${COLUMNS} FROM asks WHERE id = ?`).get(id);
}

/** The ask whose page on the forge has this number. */
export function findAskByIssue(db: Database, issueNumber: number): AskRow | undefined {
  return db.prepare<[number], AskRow>(`SELECT ${COLUMNS} FROM asks WHERE issue_number = ?`).get(issueNumber);
}

/** Open asks, newest first. */
export function listOpenAsks(db: Database, max: number): AskRow[] {
  return db
    .prepare<[number], AskRow>(
      `SELECT ${COLUMNS} FROM asks INDEXED BY asks_open WHERE state = 'open' ORDER BY id DESC LIMIT ?`,
    )
    .all(max);
}

/** Asks in one state that is not open, or in any such, newest first. */
export function listClosedAsks(db: Database, state: AskState | null, max: number): AskRow[] {
  return db
    .prepare<[{ state: AskState | null; max: number }], AskRow>(
      `SELECT ${COLUMNS} FROM asks WHERE state <> 'open' AND (@state IS NULL OR state = @state) ORDER BY id DESC LIMIT @max`,
    )
    .all({ state, max });
}

/** Open asks of everybody. */
export function countOpenAsks(db: Database): number {
  return (
    db
      .prepare<[], { many: number }>(`SELECT count(*) AS many FROM asks INDEXED BY asks_open WHERE state = 'open'`)
      .get()?.many ?? 0
  );
}

/** Open asks of one asker. */
export function countOpenAsksOf(db: Database, asker: string): number {
  return (
    db
      .prepare<[string], { many: number }>(
        `SELECT count(*) AS many FROM asks INDEXED BY asks_of WHERE state = 'open' AND asker = ?`,
      )
      .get(asker)?.many ?? 0
  );
}

/** Records the answer of an ask that is open or expired; false when somebody was first. */
export function answerAsk(db: Database, row: { id: number; answer: string; by: string; at: number }): boolean {
  return (
    db
      .prepare(
        `UPDATE asks SET state = 'answered', answer = @answer, answered_by = @by, answered_at = @at
         WHERE id = @id AND state IN ('open', 'expired')`,
      )
      .run(row).changes === 1
  );
}

/** Ends an open ask without an answer; false when it is not open any more. */
export function closeAsk(db: Database, row: { id: number; state: 'cancelled' | 'expired' }): boolean {
  return db.prepare(`UPDATE asks SET state = @state WHERE id = @id AND state = 'open'`).run(row).changes === 1;
}

/** When the next deadline of an open ask passes. */
export function findNextDeadline(db: Database): number | null {
  return (
    db
      .prepare<[], { at: number | null }>(
        `SELECT min(deadline_at) AS at FROM asks INDEXED BY asks_deadline WHERE state = 'open' AND deadline_at IS NOT NULL`,
      )
      .get()?.at ?? null
  );
}

/** Open asks whose deadline passed by `now`, the earliest first. */
export function listExpired(db: Database, now: number, max: number): AskRow[] {
  return db
    .prepare<[number, number], AskRow>(
      `SELECT ${COLUMNS} FROM asks INDEXED BY asks_deadline
       WHERE state = 'open' AND deadline_at IS NOT NULL AND deadline_at <= ? ORDER BY deadline_at, id LIMIT ?`,
    )
    .all(now, max);
}

/** Open asks whose target is `target`, oldest first. */
export function listOpenAsksTo(db: Database, target: string, max: number): AskRow[] {
  return db
    .prepare<[string, number], AskRow>(
      `SELECT ${COLUMNS} FROM asks INDEXED BY asks_open WHERE target = ? AND state = 'open' ORDER BY id LIMIT ?`,
    )
    .all(target, max);
}

/** Open asks of `asker`, oldest first; walks all open ones, which are few. */
export function listOpenAsksBy(db: Database, asker: string, max: number): AskRow[] {
  return db
    .prepare<[string, number], AskRow>(
      `SELECT ${COLUMNS} FROM asks INDEXED BY asks_open WHERE asker = ? AND state = 'open' ORDER BY id LIMIT ?`,
    )
    .all(asker, max);
}
