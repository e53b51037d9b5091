import type { Database } from 'better-sqlite3';

/** Something the forge has to be told about an ask. */
export interface OutboxRow {
  ask: number;
  kind: 'open' | 'comment' | 'close' | 'reopen';
  author: string;
  body: string;
  message: number | null;
  at: number;
}

/** Stores what the forge is to be told, in the transaction of what it tells of. */
export function insertOutbox(db: Database, row: OutboxRow): void {
  db.prepare(
    `INSERT INTO forge_outbox (ask_id, kind, author, body, message_id, state, created_at)
     VALUES (@ask, @kind, @author, @body, @message, 'waiting', @at)`,
  ).run(row);
}
