import type { Database } from 'better-sqlite3';

/** An agent as a recipient. */
export interface RecipientRow {
  name: string;
  paused: number;
}

/** The agent with this name, unless there is none or it was removed. */
export function findRecipient(db: Database, name: string): RecipientRow | undefined {
  return db
    .prepare<[string], RecipientRow>('SELECT name, paused FROM agents WHERE name = ? AND removed_at IS NULL')
    .get(name);
}

/** The agent that manages the hive. */
export function findManager(db: Database): RecipientRow | undefined {
  return db
    .prepare<[], RecipientRow>(
      `SELECT name, paused FROM agents WHERE removed_at IS NULL AND json_extract(config, '$.manager') = 1 ORDER BY name LIMIT 1`,
    )
    .get();
}

/** Every agent but `except`, by name. */
export function listRecipients(db: Database, except: string): RecipientRow[] {
  return db
    .prepare<[string], RecipientRow>(
      'SELECT name, paused FROM agents WHERE removed_at IS NULL AND name <> ? ORDER BY name',
    )
    .all(except);
}

/** Names that are no agents (any more): of those in `waited`, and of those who have something parked. */
export function listGoneRecipients(db: Database, waited: readonly string[]): string[] {
  return db
    .prepare<[string], { recipient: string }>(
      `SELECT recipient FROM (
         SELECT value AS recipient FROM json_each(?)
         UNION SELECT DISTINCT recipient FROM deliveries INDEXED BY deliveries_parked WHERE state = 'parked'
       ) WHERE recipient <> 'operator' AND NOT EXISTS (SELECT 1 FROM agents WHERE name = recipient AND removed_at IS NULL)`,
    )
    .all(JSON.stringify(waited))
    .map((row) => row.recipient);
}
