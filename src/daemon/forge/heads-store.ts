import type { Database } from 'better-sqlite3';

/** Commit that `main` of "org/name" had when last seen. */
export function findSeenHead(db: Database, repository: string): string | undefined {
  const row = db.prepare('SELECT head FROM forge_heads WHERE repository = ?').get(repository) as
    { head: string } | undefined;
  return row?.head;
}

/** Notes the commit of `main`. */
export function noteHead(db: Database, repository: string, head: string): void {
  db.prepare(
    'INSERT INTO forge_heads (repository, head) VALUES (?, ?) ON CONFLICT (repository) DO UPDATE SET head = excluded.head',
  ).run(repository, head);
}
