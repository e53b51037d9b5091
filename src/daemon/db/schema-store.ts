import type { Database } from 'better-sqlite3';

/** The schema as SQL text, tables first, then indexes, each group by name: what schema.sql holds. */
export function dumpSchema(db: Database): string {
  const rows = db
    .prepare<[], { sql: string }>(
      `SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'
         AND tbl_name NOT IN (SELECT name FROM pragma_table_list WHERE type = 'shadow')
       ORDER BY type = 'table' DESC, tbl_name, name`,
    )
    .all();
  return rows.map((row) => `${row.sql};\n`).join('\n');
}

/** Notes when the database was opened: the write after which `synchronous` can be trusted (FACTS/broker). */
export function noteOpened(db: Database, at: number): void {
  db.prepare(
    `INSERT INTO facts (name, value) VALUES ('opened_at', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
  ).run(String(at));
}

/** Copies the database into a new file in one consistent read. */
export function copyInto(db: Database, target: string): void {
  db.prepare('VACUUM INTO ?').run(target);
}
