import type { Database } from 'better-sqlite3';

/** A sealed secret as stored. */
export interface SealedRow {
  kind: string;
  sealed: Buffer;
  changed_at: number;
}

/** Stores or replaces a sealed secret. */
export function putSealed(db: Database, row: SealedRow & { name: string }): void {
  db.prepare(
    `INSERT INTO secrets (name, kind, sealed, changed_at) VALUES (@name, @kind, @sealed, @changed_at)
     ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, sealed = excluded.sealed, changed_at = excluded.changed_at`,
  ).run(row);
}

/** The sealed secret of that name, if there is one. */
export function findSealed(db: Database, name: string): SealedRow | undefined {
  return db.prepare<[string], SealedRow>('SELECT kind, sealed, changed_at FROM secrets WHERE name = ?').get(name);
}
