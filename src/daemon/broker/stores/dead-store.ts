import type { Database } from 'better-sqlite3';
import type { MessageKind } from '#src/protocol/shapes.ts';

/** Dead letters of one recipient that are not dismissed; so all counts and lists here. */
export function countDead(db: Database, recipient: string): number {
  return (
    db
      .prepare<[string], { many: number }>(
        `SELECT count(*) AS many FROM deliveries INDEXED BY deliveries_dead WHERE recipient = ? AND state = 'dead' AND dismissed_at = 0`,
      )
      .get(recipient)?.many ?? 0
  );
}

/** Dead letters of all. */
export function countAllDead(db: Database): number {
  return (
    db
      .prepare<[], { many: number }>(
        `SELECT count(*) AS many FROM deliveries INDEXED BY deliveries_dead WHERE state = 'dead' AND dismissed_at = 0`,
      )
      .get()?.many ?? 0
  );
}

/** Messages of the latest dead deliveries, newest first, each once. */
export function listDeadMessages(db: Database, max: number): number[] {
  return db
    .prepare<[number], { message_id: number }>(
      `SELECT message_id, max(id) AS latest FROM deliveries INDEXED BY deliveries_dead WHERE state = 'dead' AND dismissed_at = 0
       GROUP BY message_id ORDER BY latest DESC LIMIT ?`,
    )
    .all(max)
    .map((row) => row.message_id);
}

/** A dead letter with what it says. */
export interface DeadRow {
  delivery: number;
  message: number;
  from: string;
  recipient: string;
  kind: MessageKind;
  body: string;
  body_crc: number;
  reason: string;
  attempts: number;
  sent_at: number;
  died_at: number;
}

/** Dead deliveries to `recipient`, or to anybody when it is null, newest first. */
export function listDead(db: Database, recipient: string | null, max: number): DeadRow[] {
  return db
    .prepare<[{ recipient: string | null; max: number }], DeadRow>(
      `SELECT d.id AS delivery, m.id AS message, m.sender AS "from", d.recipient, m.kind, m.body, m.body_crc, coalesce(d.dead_reason, '') AS reason,
         d.attempts, m.created_at AS sent_at, d.changed_at AS died_at
       FROM deliveries d INDEXED BY deliveries_dead JOIN messages m ON m.id = d.message_id
       WHERE d.state = 'dead' AND d.dismissed_at = 0 AND (@recipient IS NULL OR d.recipient = @recipient) ORDER BY d.id DESC LIMIT @max`,
    )
    .all({ recipient, max });
}

/** Dead deliveries to a recipient, ids in order. */
export function listDeadIds(db: Database, recipient: string, max: number): number[] {
  return db
    .prepare<[string, number], { id: number }>(
      `SELECT id FROM deliveries INDEXED BY deliveries_dead WHERE recipient = ? AND state = 'dead' AND dismissed_at = 0 ORDER BY id LIMIT ?`,
    )
    .all(recipient, max)
    .map((row) => row.id);
}

/** Gives a delivery its attempts back; it may be leased at once, and is not dismissed any more. */
export function resetAttempts(db: Database, id: number): void {
  db.prepare('UPDATE deliveries SET attempts = 0, not_before = 0, dismissed_at = 0 WHERE id = ?').run(id);
}

/** Takes a dead delivery from the list; false when it is not on it. */
export function setDismissed(db: Database, id: number, at: number): boolean {
  const { changes } = db
    .prepare(`UPDATE deliveries SET dismissed_at = ? WHERE id = ? AND state = 'dead' AND dismissed_at = 0`)
    .run(at, id);
  return changes === 1;
}
