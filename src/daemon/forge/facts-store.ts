import type { Database } from 'better-sqlite3';

/** A fact the forge remembers about itself; names begin with `forge_`. */
export function findFact(db: Database, name: `forge_${string}`): string | undefined {
  const row = db.prepare('SELECT value FROM facts WHERE name = ?').get(name) as { value: string } | undefined;
  return row?.value;
}

/** Remembers a fact. */
export function putFact(db: Database, name: `forge_${string}`, value: string): void {
  db.prepare(
    'INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  ).run(name, value);
}
