import type { Turn } from '#src/protocol/shapes.ts';
import type { Database } from '../../db/index.ts';
import type { QueueCounts } from '../api.ts';
import { countOpenAsks } from '../stores/ask-store.ts';
import { countDead } from '../stores/dead-store.ts';
import { countQueued, countTotals } from '../stores/delivery-store.ts';
import { listOpenLeases } from '../stores/lease-store.ts';
import { countPendingReminders } from '../stores/reminder-store.ts';
import { countTurnsSince, findRunningTurn, listTurns } from '../stores/turn-store.ts';
import type { TurnRow } from '../stores/turn-store.ts';

/** Counts of one agent; `now` decides what is today, in the host's time zone. */
export function countAgent(db: Database, agent: string, now: number): QueueCounts {
  const running = findRunningTurn(db, agent);
  return {
    queued: countQueued(db, agent),
    leased: running ? listOpenLeases(db, running.id).length : 0,
    dead: countDead(db, agent),
    reminders: countPendingReminders(db, agent),
    turnsToday: countTurnsSince(db, agent, new Date(now).setHours(0, 0, 0, 0)),
  };
}

/** Counts of the whole hive. */
export function countHive(db: Database): { openAsks: number; dead: number; queued: number; unread: number } {
  return { openAsks: countOpenAsks(db), ...countTotals(db) };
}

/** The latest turns of an agent, newest first. */
export function listAgentTurns(db: Database, agent: string, max: number): Turn[] {
  return listTurns(db, agent, max).map(toTurn);
}

function toTurn(row: TurnRow): Turn {
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
