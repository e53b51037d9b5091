import type { Database } from 'better-sqlite3';

/** Name of the agent whose forge account has this id. */
export function findAgentByAccount(db: Database, id: number): string | undefined {
  const row = db.prepare('SELECT name FROM agents WHERE forge_user_id = ? AND removed_at IS NULL').get(id) as
    { name: string } | undefined;
  return row?.name;
}

/** True when an agent of that name is part of the hive. */
export function isAgent(db: Database, name: string): boolean {
  return db.prepare('SELECT 1 FROM agents WHERE name = ? AND removed_at IS NULL').get(name) !== undefined;
}
