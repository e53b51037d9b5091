import type { Database } from 'better-sqlite3';

/** Something the hive remembers about itself; undefined when it never learnt it. */
export function findFact(db: Database, name: string): string | undefined {
  return db.prepare<[string], { value: string }>('SELECT value FROM facts WHERE name = ?').get(name)?.value;
}

/** Remembers a fact in place of what it was before. */
export function putFact(db: Database, name: string, value: string): void {
  db.prepare(
    'INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  ).run(name, value);
}
