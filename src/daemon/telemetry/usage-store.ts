import type { Database } from 'better-sqlite3';
import type { MeteredUsage } from '#src/protocol/usage.ts';

/** Records one metered model call. */
export function insertUsage(db: Database, usage: MeteredUsage & { at: number }): void {
  db.prepare(
    `INSERT INTO usage (agent, turn_id, model, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, complete, at)
     VALUES (@agent, @turn, @model, @input, @output, @cacheRead, @cacheWrite, @complete, @at)`,
  ).run({ ...usage, complete: usage.complete ? 1 : 0 });
}

/** Tokens of every kind since `since` (epoch ms), of one agent or of all. */
export function sumTokensSince(db: Database, since: number, agent?: string): number {
  const row = db
    .prepare<[{ since: number; agent: string | null }], { tokens: number }>(
      `SELECT coalesce(sum(input_tokens + output_tokens + cache_read_tokens + cache_write_tokens), 0) AS tokens
       FROM usage WHERE at >= @since AND (@agent IS NULL OR agent = @agent)`,
    )
    .get({ since, agent: agent ?? null });
  return row?.tokens ?? 0;
}
