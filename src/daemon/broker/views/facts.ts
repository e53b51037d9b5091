import type { Database } from '../../db/index.ts';
import type { Core } from '../core.ts';
import type { QueueCounts, QueueFacts } from '../api.ts';
import { listFacts, listLastTurns } from '../stores/facts-store.ts';
import type { FactsRow } from '../stores/facts-store.ts';
import { toTurn } from './turns.ts';

/** Counts of an agent that is not there. */
export const NO_COUNTS: QueueCounts = { queued: 0, leased: 0, dead: 0, reminders: 0, turnsToday: 0 };

/** Where agents stand, all of them in two statements; today is what it is in the host's time zone. */
export function gatherFacts(core: Core, db: Database, agent: string | null): Map<string, QueueFacts> {
  const queued = (name: string): number => core.backlogs.count({ db }, name);
  const rows = listFacts(db, agent, new Date(core.clock.now()).setHours(0, 0, 0, 0));
  const last = new Map(listLastTurns(db, agent).map((turn) => [turn.agent, toTurn(turn)]));
  return new Map(rows.map((row) => [row.agent, { ...factsOf(row, queued(row.agent)), lastTurn: last.get(row.agent) }]));
}

function factsOf(row: FactsRow, queued: number): Omit<QueueFacts, 'lastTurn'> {
  const { agent, session, session_state: state, turn, phase, turn_started_at: since } = row;
  return {
    session: session === null || state === null ? undefined : { id: session, agent, state, turn },
    counts: {
      queued,
      leased: row.leased,
      dead: row.dead,
      reminders: row.reminders,
      turnsToday: row.turns_today,
    },
    activity: phase === null || since === null ? undefined : { phase, activity: row.activity, since },
  };
}
