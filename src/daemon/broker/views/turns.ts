import type { Turn } from '#src/protocol/shapes.ts';
import type { Database } from '../../db/index.ts';
import { listTurns } from '../stores/agent-turn-store.ts';
import type { TurnRow } from '../stores/turn-store.ts';

/** The latest turns of an agent, newest first. */
export function listAgentTurns(db: Database, agent: string, max: number): Turn[] {
  return listTurns(db, agent, max).map(toTurn);
}

/** A turn as callers see it. */
export function toTurn(row: TurnRow): Turn {
  const { id, agent, cause, started_at, ended_at, outcome, error, model } = row;
  const tokens = {
    input: row.input_tokens,
    output: row.output_tokens,
    cache_read: row.cache_read_tokens,
    cache_write: row.cache_write_tokens,
  };
  const tools = JSON.parse(row.tools) as Record<string, number>;
  return { id, agent, cause, started_at, ended_at, outcome, error, model, tokens, tools };
}
