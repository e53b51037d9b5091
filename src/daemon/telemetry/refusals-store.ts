import type { Database } from 'better-sqlite3';

/** An egress refusal as stored; `at` is the latest of `times`. */
export interface RefusalRow {
  agent: string;
  host: string;
  port: number;
  at: number;
}

/** When this egress was last refused, if ever. */
export function findRefusedAt(db: Database, key: Omit<RefusalRow, 'at'>): number | undefined {
  return db
    .prepare<[typeof key], { at: number }>(
      'SELECT at FROM refused_egress WHERE agent = @agent AND host = @host AND port = @port',
    )
    .get(key)?.at;
}

/** Counts one more refusal of the same agent, host and port. */
export function countRefusal(db: Database, row: RefusalRow & { remedy: string }): void {
  db.prepare(
    `INSERT INTO refused_egress (agent, host, port, at, times, remedy) VALUES (@agent, @host, @port, @at, 1, @remedy)
     ON CONFLICT (agent, host, port) DO UPDATE SET at = excluded.at, times = times + 1, remedy = excluded.remedy`,
  ).run(row);
}

/** Keeps the latest `keep` refusals of an agent: an agent that tries thousands of names fills nothing. */
export function pruneRefusals(db: Database, agent: string, keep: number): void {
  db.prepare(
    `DELETE FROM refused_egress WHERE agent = @agent AND (host, port) NOT IN
       (SELECT host, port FROM refused_egress WHERE agent = @agent ORDER BY at DESC, host LIMIT @keep)`,
  ).run({ agent, keep });
}

/** The latest refusals, newest first, of one agent or of all. */
export function listRefusals(db: Database, max: number, agent?: string): (RefusalRow & { remedy: string })[] {
  return db
    .prepare<[{ max: number; agent: string | null }], RefusalRow & { remedy: string }>(
      `SELECT agent, host, port, at, remedy FROM refused_egress
       WHERE @agent IS NULL OR agent = @agent ORDER BY at DESC, host LIMIT @max`,
    )
    .all({ max, agent: agent ?? null });
}
