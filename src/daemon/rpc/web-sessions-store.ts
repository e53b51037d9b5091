import type { Database } from 'better-sqlite3';

/** A person's sign-in as stored: only the hash of the browser's token. */
export interface WebSessionRow {
  token_hash: string;
  subject: string;
  name: string;
  created_at: number;
  expires_at: number;
}

/** Stores a new sign-in. */
export function insertWebSession(db: Database, row: WebSessionRow): void {
  db.prepare(
    `INSERT INTO web_sessions (token_hash, subject, name, created_at, expires_at)
     VALUES (@token_hash, @subject, @name, @created_at, @expires_at)`,
  ).run(row);
}

/** A sign-in by the hash of its token, also one that has expired. */
export function findWebSession(db: Database, tokenHash: string): WebSessionRow | undefined {
  return db.prepare<[string], WebSessionRow>('SELECT * FROM web_sessions WHERE token_hash = ?').get(tokenHash);
}

/** Moves the end of a sign-in. */
export function extendWebSession(db: Database, tokenHash: string, expiresAt: number): void {
  db.prepare('UPDATE web_sessions SET expires_at = ? WHERE token_hash = ?').run(expiresAt, tokenHash);
}

/** The person signed out. */
export function deleteWebSession(db: Database, tokenHash: string): void {
  db.prepare('DELETE FROM web_sessions WHERE token_hash = ?').run(tokenHash);
}

/** Forgets sign-ins that ended by `now`. */
export function deleteExpiredWebSessions(db: Database, now: number): void {
  db.prepare('DELETE FROM web_sessions WHERE expires_at <= ?').run(now);
}
