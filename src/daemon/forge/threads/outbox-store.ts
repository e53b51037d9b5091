import type { Database } from 'better-sqlite3';
import type { MarkedRow } from './marker.ts';

/** A row of the outbox with what of its ask its text needs. */
export interface OutboxRow extends MarkedRow {
  kind: 'open' | 'comment' | 'close' | 'reopen';
  body: string;
  attempts: number;
  forgeId: number | null;
  asker: string;
  target: string;
  question: string;
  options: string[] | null;
  deadlineAt: number | null;
  askState: string;
  issueNumber: number | null;
}

const COLUMNS = `o.id, o.ask_id AS ask, o.kind, o.author, o.body, o.attempts, o.forge_id AS forgeId, a.asker, a.target, a.question,
  a.options, a.deadline_at AS deadlineAt, a.state AS askState, a.issue_number AS issueNumber`;

/** The oldest waiting row of every ask, oldest ask first: within an ask the order is kept. */
export function listNextRows(db: Database, max: number): OutboxRow[] {
  const rows = db
    .prepare(
      `SELECT ${COLUMNS} FROM forge_outbox o JOIN asks a ON a.id = o.ask_id
       WHERE o.id IN (SELECT min(id) FROM forge_outbox WHERE state = 'waiting' GROUP BY ask_id) ORDER BY o.id LIMIT ?`,
    )
    .all(max);
  return rows.map(fromRow);
}

/** A row of the outbox, whatever its state. */
export function findRow(db: Database, id: number): OutboxRow | undefined {
  const row = db.prepare(`SELECT ${COLUMNS} FROM forge_outbox o JOIN asks a ON a.id = o.ask_id WHERE o.id = ?`).get(id);
  return row === undefined ? undefined : fromRow(row);
}

/** Counts an attempt before it is made: from then on the forge may have the row. */
export function beginAttempt(db: Database, id: number): void {
  db.prepare('UPDATE forge_outbox SET attempts = attempts + 1 WHERE id = ?').run(id);
}

/** The forge has the row, as issue or comment `forgeId`. */
export function markDone(db: Database, id: number, forgeId: number | null): void {
  db.prepare("UPDATE forge_outbox SET state = 'done', forge_id = ?, error = NULL WHERE id = ?").run(forgeId, id);
}

/** Notes why an attempt failed. */
export function noteFailure(db: Database, id: number, error: string): void {
  db.prepare('UPDATE forge_outbox SET error = ? WHERE id = ?').run(error, id);
}

/** Gives a row up, and with an ask's first row everything that would have followed on its issue. */
export function giveUp(db: Database, row: Pick<OutboxRow, 'id' | 'ask' | 'kind'>, error: string): void {
  const which = row.kind === 'open' ? 'ask_id = ?' : 'id = ?';
  const key = row.kind === 'open' ? row.ask : row.id;
  db.prepare(`UPDATE forge_outbox SET state = 'dead', error = ? WHERE state = 'waiting' AND ${which}`).run(error, key);
}

function fromRow(row: unknown): OutboxRow {
  const raw = row as Omit<OutboxRow, 'options'> & { options: string | null };
  return { ...raw, options: raw.options === null ? null : (JSON.parse(raw.options) as string[]) };
}
