import type { Database } from 'better-sqlite3';
import { findFact, putFact } from '../../db/index.ts';
import type { TurnRow } from './turn-store.ts';

const UP_TO = 'agent_turns_up_to';

/** Turns that are noted by their agents at a time; about so many are looked through when one asks for an agent's. */
export const TURNS_BATCH = 1024;

/** Id up to which turns are found by their agents; what is newer is looked through. */
export function findTurnsUpTo(db: Database): number {
  return Number(findFact(db, UP_TO) ?? 0);
}

/** Remembers {@link findTurnsUpTo}. */
export function setTurnsUpTo(db: Database, id: number): void {
  putFact(db, UP_TO, String(id));
}

/** Notes the agents of turns with ids above `after` up to `upTo`. */
export function insertAgentTurns(db: Database, after: number, upTo: number): void {
  db.prepare(
    `INSERT INTO agent_turns (agent, started_at, turn_id)
     SELECT agent, started_at, id FROM turns NOT INDEXED WHERE id > ? AND id <= ? ORDER BY agent, started_at, id`,
  ).run(after, upTo);
}

/** The latest turns of an agent, newest first, whether they are noted or not. */
export function listTurns(db: Database, agent: string, max: number): TurnRow[] {
  return db
    .prepare<[{ agent: string; noted: number; max: number }], TurnRow>(
      `SELECT * FROM turns WHERE id IN (
         SELECT id FROM (SELECT id FROM turns NOT INDEXED WHERE id > @noted AND agent = @agent
           ORDER BY started_at DESC, id DESC LIMIT @max)
         UNION ALL SELECT turn_id FROM (
           SELECT turn_id FROM agent_turns WHERE agent = @agent ORDER BY started_at DESC, turn_id DESC LIMIT @max)
       ) ORDER BY started_at DESC, id DESC LIMIT @max`,
    )
    .all({ agent, noted: findTurnsUpTo(db), max });
}
