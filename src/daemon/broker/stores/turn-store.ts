import type { Database } from 'better-sqlite3';
import type { Tokens, TurnOutcome } from '#src/protocol/shapes.ts';

/** A turn as stored. */
export interface TurnRow {
  id: number;
  agent: string;
  session_id: number;
  cause: string;
  phase: string;
  activity: string | null;
  started_at: number;
  ended_at: number | null;
  outcome: TurnOutcome | null;
  error: string | null;
  model: string | null;
  input_tokens: number;
  output_tokens: number;
  cache_read_tokens: number;
  cache_write_tokens: number;
  tools: string;
  taken_up_to: number;
}

/** Starts a turn in phase `leased`; answers its id. */
export function insertTurn(db: Database, row: { agent: string; session: number; cause: string; at: number }): number {
  const { lastInsertRowid } = db
    .prepare(
      `INSERT INTO turns (agent, session_id, cause, phase, started_at) VALUES (@agent, @session, @cause, 'leased', @at)`,
    )
    .run(row);
  return Number(lastInsertRowid);
}

export function findTurn(db: Database, id: number): TurnRow | undefined {
  return db.prepare<[number], TurnRow>('SELECT * FROM turns WHERE id = ?').get(id);
}

export function findRunningTurn(db: Database, agent: string): TurnRow | undefined {
  return db
    .prepare<[string], TurnRow>('SELECT * FROM turns INDEXED BY turns_running WHERE agent = ? AND ended_at IS NULL')
    .get(agent);
}

/** The latest turns of an agent, newest first. */
export function listTurns(db: Database, agent: string, max: number): TurnRow[] {
  return db
    .prepare<[string, number], TurnRow>(
      'SELECT * FROM turns INDEXED BY turns_by_agent WHERE agent = ? ORDER BY started_at DESC, id DESC LIMIT ?',
    )
    .all(agent, max);
}

export function updateActivity(db: Database, row: { id: number; phase: string; activity: string | null }): void {
  db.prepare('UPDATE turns SET phase = @phase, activity = @activity WHERE id = @id').run(row);
}

/** Remembers what had arrived when the turn took mail, and how deep that mail is: the deepest counts, unless people or the forge (-1) are among it. */
export function updateTaken(db: Database, row: { id: number; delivery: number; depth: number }): void {
  db.prepare(
    `UPDATE turns SET taken_up_to = @delivery, depth = iif(min(depth, @depth) < 0, -1, max(depth, @depth)) WHERE id = @id`,
  ).run(row);
}

/** What is known of a turn when it ends. */
export interface TurnEndRow {
  id: number;
  at: number;
  outcome: TurnOutcome;
  error: string | null;
  model: string | null;
  tokens: Tokens;
  tools: Record<string, number>;
}

export function endTurn(db: Database, { tokens, tools, ...row }: TurnEndRow): void {
  db.prepare(
    `UPDATE turns SET ended_at = @at, outcome = @outcome, error = @error, model = @model, input_tokens = @input,
       output_tokens = @output, cache_read_tokens = @cache_read, cache_write_tokens = @cache_write, tools = @tools WHERE id = @id`,
  ).run({ ...row, ...tokens, tools: JSON.stringify(tools) });
}
