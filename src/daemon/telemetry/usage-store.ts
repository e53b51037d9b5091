import type { Database } from 'better-sqlite3';
import type { MeteredUsage } from '#src/protocol/usage.ts';

/** Records one metered model call. */
export function insertUsage(db: Database, usage: MeteredUsage & { at: number }): void {
  db.prepare(
    `INSERT INTO usage (agent, turn_id, model, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, complete, at)
     VALUES (@agent, @turn, @model, @input, @output, @cacheRead, @cacheWrite, @complete, @at)`,
  ).run({ ...usage, complete: usage.complete ? 1 : 0 });
}

/** Names of those who used something, found by jumps through the index: the table has a row per model call of months. */
const USERS = `WITH RECURSIVE users (agent) AS (
    SELECT min(agent) FROM usage
    UNION ALL SELECT (SELECT min(agent) FROM usage WHERE agent > users.agent) FROM users WHERE users.agent IS NOT NULL
  )`;

/** Tokens of every kind since `since` (epoch ms), by agent: of one, or of all who ever used any. */
export function sumTokensSince(db: Database, since: number, agent: string | null): Map<string, number> {
  const users = agent === null ? `${USERS} SELECT agent, ` : 'WITH users (agent) AS (SELECT @agent) SELECT agent, ';
  const rows = db
    .prepare<[{ since: number; agent: string | null }], { agent: string; tokens: number }>(
      `${users} (
         SELECT coalesce(sum(input_tokens + output_tokens + cache_read_tokens + cache_write_tokens), 0)
         FROM usage INDEXED BY usage_by_agent WHERE usage.agent = users.agent AND at >= @since
       ) AS tokens FROM users WHERE agent IS NOT NULL`,
    )
    .all({ since, agent });
  return new Map(rows.map((row) => [row.agent, row.tokens]));
}
