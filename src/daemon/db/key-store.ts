import type { Database } from 'better-sqlite3';

/** What an earlier call with the same key answered, as JSON. */
export function findKeyed(db: Database, principal: string, key: string): string | undefined {
  return db
    .prepare<[string, string], { result: string }>('SELECT result FROM keys WHERE principal = ? AND key = ?')
    .get(principal, key)?.result;
}

/** Remembers what a call with a key answered. */
export function insertKeyed(db: Database, row: { principal: string; key: string; result: string; at: number }): void {
  db.prepare(`INSERT INTO keys (principal, key, result, created_at) VALUES (@principal, @key, @result, @at)`).run(row);
}
