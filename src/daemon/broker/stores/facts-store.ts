import type { Database } from 'better-sqlite3';
import { findTurnsUpTo } from './agent-turn-store.ts';
import type { SessionRow } from './session-store.ts';
import type { TurnRow } from './turn-store.ts';

/** Where one agent stands: its session, its running turn and its counts. */
export interface FactsRow {
  agent: string;
  session: number | null;
  session_state: SessionRow['state'] | null;
  turn: number | null;
  phase: string | null;
  activity: string | null;
  turn_started_at: number | null;
  leased: number;
  dead: number;
  reminders: number;
  turns_today: number;
}

/** Agents that are not removed: one by its name, or all when it is null. */
const WANTED = 'a.removed_at IS NULL AND (@agent IS NULL OR a.name = @agent)';

/** Turns that are not noted by their agents: few, and looked through once. */
const NEWER = 'id > @noted AND (@agent IS NULL OR agent = @agent)';

/** Each count walks the pinned index of one agent only: a plan that walks tables would grow with all that was ever said. */
export const FACTS_SQL = `SELECT a.name AS agent, s.id AS session, s.state AS session_state,
    r.id AS turn, r.phase, r.activity, r.started_at AS turn_started_at,
    (SELECT count(*) FROM deliveries INDEXED BY deliveries_dead WHERE recipient = a.name AND state = 'dead' AND dismissed_at = 0) AS dead,
    (SELECT count(*) FROM leases INDEXED BY leases_by_turn WHERE turn_id = r.id AND ended_at IS NULL) AS leased,
    (SELECT count(*) FROM reminders INDEXED BY reminders_pending WHERE agent = a.name AND state = 'pending') AS reminders,
    (SELECT count(*) FROM agent_turns WHERE agent = a.name AND started_at >= @today) + coalesce(n.many, 0) AS turns_today
  FROM agents a
    LEFT JOIN sessions s INDEXED BY sessions_current ON s.agent = a.name AND s.state <> 'ended'
    LEFT JOIN turns r INDEXED BY turns_running ON r.agent = a.name AND r.ended_at IS NULL
    LEFT JOIN (
      SELECT agent, count(*) AS many FROM turns NOT INDEXED WHERE ${NEWER} AND started_at >= @today GROUP BY agent
    ) n ON n.agent = a.name
  WHERE ${WANTED}`;

/** Where agents stand; `today` = the start of the day, epoch ms. */
export function listFacts(db: Database, agent: string | null, today: number): FactsRow[] {
  return db
    .prepare<[{ agent: string | null; today: number; noted: number }], FactsRow>(FACTS_SQL)
    .all({ agent, today, noted: findTurnsUpTo(db) });
}

/** The latest turn of each agent that has had one. */
export function listLastTurns(db: Database, agent: string | null): TurnRow[] {
  return db
    .prepare<[{ agent: string | null; noted: number }], TurnRow>(
      `SELECT t.* FROM agents a
         LEFT JOIN (SELECT agent, max(id) AS id FROM turns NOT INDEXED WHERE ${NEWER} GROUP BY agent) n ON n.agent = a.name
         JOIN turns t ON t.id = coalesce(n.id, (
           SELECT turn_id FROM agent_turns WHERE agent = a.name ORDER BY started_at DESC, turn_id DESC LIMIT 1
         )) WHERE ${WANTED}`,
    )
    .all({ agent, noted: findTurnsUpTo(db) });
}
