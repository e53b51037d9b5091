import { lastIdOf, rowInsert } from '../../db/index.ts';
import type { Database, LateChange, LateInsert, LateTable, Tx } from '../../db/index.ts';
import type { Tokens, TurnOutcome } from '#src/protocol/shapes.ts';
import type { SessionState } from './session-store.ts';

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

/** No tools yet, with room for what the end of a turn adds: a row that grows in a full page moves others out of it. */
const ROOM = `{}${' '.repeat(30)}`;

/** Id of the latest turn; 0 when there is none. */
export const findLastTurn = lastIdOf('turns');

/** Turns are inserted late, before their leases. */
export const TURNS: LateTable = { findLastId: findLastTurn, remembered: true };
const LEASED: LateInsert = {
  table: TURNS,
  ...rowInsert(
    'INSERT INTO turns (id, agent, session_id, cause, phase, started_at, depth, tools, taken_up_to)',
    `(?, ?, ?, ?, 'leased', ?, ?, '${ROOM}', ?)`,
  ),
};

/** Starts a turn in phase `leased`, late, which takes mail of this depth at once; answers its id. */
export function insertTurn(
  tx: Tx,
  row: { agent: string; session: number; cause: string; at: number; depth: number; takenUpTo: number },
): number {
  return tx.insertLate(LEASED, [row.agent, row.session, row.cause, row.at, row.depth, row.takenUpTo]);
}

/** A turn as far as its end depends on it. */
export type EndingTurn = Pick<TurnRow, 'id' | 'agent' | 'session_id' | 'ended_at' | 'outcome'> & {
  session_state: SessionState;
};

/** A turn that its harness reports, with the state of the session it ran in. */
export function findEndingTurn(db: Database, id: number): EndingTurn | undefined {
  return db
    .prepare<[number], EndingTurn>(
      `SELECT t.id, t.agent, t.session_id, t.ended_at, t.outcome, s.state AS session_state
       FROM turns t JOIN sessions s ON s.id = t.session_id WHERE t.id = +?`,
    )
    .get(id);
}

/** A turn by its id. */
export function findTurn(db: Database, id: number): TurnRow | undefined {
  return db.prepare<[number], TurnRow>('SELECT * FROM turns WHERE id = ?').get(id);
}

/** The turn that an agent has not ended; it has at most one. */
export function findRunningTurn(db: Database, agent: string): TurnRow | undefined {
  return db
    .prepare<[string], TurnRow>('SELECT * FROM turns INDEXED BY turns_running WHERE agent = ? AND ended_at IS NULL')
    .get(agent);
}

/** The running turns of all agents. */
export function listRunningTurns(db: Database): TurnRow[] {
  return db.prepare<[], TurnRow>('SELECT * FROM turns INDEXED BY turns_running WHERE ended_at IS NULL').all();
}

/** What a running turn does now. */
export function updateActivity(db: Database, row: { id: number; phase: string; activity: string | null }): void {
  db.prepare('UPDATE turns SET phase = @phase, activity = @activity WHERE id = @id').run(row);
}

/** Remembers what had arrived when the turn took more mail, and how deep that mail is: the deepest counts, unless people or the forge (-1) are among it. */
export function updateTaken(db: Database, row: { id: number; depth: number }): void {
  db.prepare(
    `UPDATE turns SET taken_up_to = (SELECT coalesce(max(id), 0) FROM deliveries),
       depth = iif(min(depth, @depth) < 0, -1, max(depth, @depth)) WHERE id = @id`,
  ).run(row);
}

/** What is known of a turn when it ends. */
export interface TurnEndRow {
  id: number;
  outcome: TurnOutcome;
  error: string | null;
  model: string | null;
  tokens: Tokens;
  tools: Record<string, number>;
}

const END: LateChange<TurnEndRow> = {
  make(db, rows, now) {
    const update = db.prepare(
      `UPDATE turns SET ended_at = ?, outcome = ?, error = ?, model = ?, input_tokens = ?,
         output_tokens = ?, cache_read_tokens = ?, cache_write_tokens = ?, tools = ? WHERE id = ?`,
    );
    for (const { id, outcome, error, model, tokens, tools } of rows)
      update.run(
        ...[now, outcome, error, model, tokens.input, tokens.output, tokens.cache_read, tokens.cache_write],
        ...[JSON.stringify(tools), id],
      );
  },
};

/** Clean ends of which nothing else is known: one statement for all of a group. */
const PLAIN_END: LateChange<number> = {
  make(db, ids, now) {
    const set = `UPDATE OR FAIL turns NOT INDEXED SET ended_at = ?, outcome = 'ok', tools = '{}'`;
    if (ids.length === 1) db.prepare(`${set} WHERE id = ?`).run(now, ids[0]);
    else db.prepare(`${set} WHERE id IN (SELECT value FROM json_each(?))`).run(now, JSON.stringify(ids));
  },
};

/** Whether a report says no more than that all went well, as those of commands do. */
function isPlain({ outcome, error, model, tokens, tools }: TurnEndRow): boolean {
  if (outcome !== 'ok' || error !== null || model !== null || Object.keys(tools).length > 0) return false;
  return tokens.input + tokens.output + tokens.cache_read + tokens.cache_write === 0;
}

/** Ends a turn now with what its report said, late. */
export function endTurn(tx: Tx, row: TurnEndRow): void {
  if (isPlain(row)) tx.changeLate(PLAIN_END, row.id);
  else tx.changeLate(END, row);
}
