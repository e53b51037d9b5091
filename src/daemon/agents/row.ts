import type { AgentRow, AgentState, Turn } from '#src/protocol/shapes.ts';
import type { QueueCounts, SessionInfo } from '../broker/api.ts';
import type { StoredAgent } from './agent-store.ts';

/** Everything an agent's row is made of. */
export interface AgentFacts {
  agent: StoredAgent;
  session: SessionInfo | undefined;
  /** Why its container does not stay up, once that is worth the state `failed`. */
  runtimeFailure: string | null;
  /** What went wrong with its container last. */
  trouble: string | null;
  needsLogin: boolean;
  counts: QueueCounts;
  activity: { phase: string; activity: string | null; since: number } | undefined;
  lastTurn: Turn | undefined;
  tokensToday: number;
  pid: number | null;
  exitCode: number | null;
  forgeUrl: string;
  now: number;
}

/** One state word, the first that applies in the order of the protocol. */
export function stateOf(facts: AgentFacts): AgentState {
  const { agent, session } = facts;
  const live = session?.state === 'live' || session?.state === 'disconnected';
  if (agent.failure !== null || (facts.runtimeFailure !== null && !live)) return 'failed';
  if (facts.needsLogin) return 'needs_login';
  if (agent.parkedUntil !== null && agent.parkedUntil > facts.now) return 'parked';
  if (agent.paused) return 'paused';
  if (agent.stopped) return 'stopped';
  if (!live) return 'starting';
  return session.turn === null ? 'idle' : 'working';
}

/** The row that CLI and dashboard show. */
export function agentRow(facts: AgentFacts): AgentRow {
  const { agent, counts, lastTurn, activity } = facts;
  const state = stateOf(facts);
  return {
    name: agent.name,
    role: agent.config.role,
    manager: agent.config.manager,
    runtime: agent.config.runtime,
    model: agent.config.model ?? lastTurn?.model ?? null,
    engine: agent.config.engine,
    state,
    since: sinceOf(state, facts),
    detail: detailOf(state, facts),
    activity: state === 'working' ? (activity?.activity ?? activity?.phase ?? null) : null,
    status_text: agent.statusText,
    status_set_at: agent.statusSetAt,
    queued: counts.queued,
    leased: counts.leased,
    reminders: counts.reminders,
    turns_today: counts.turnsToday,
    tokens_today: facts.tokensToday,
    last_activity_at: activity?.since ?? lastTurn?.ended_at ?? lastTurn?.started_at ?? null,
    last_turn: lastTurn ? summary(lastTurn) : null,
    running: facts.pid !== null,
    paused: agent.paused,
    container_pid: facts.pid,
    exit_code: facts.exitCode,
    forge_url: facts.forgeUrl,
  };
}

function summary({ id, outcome, started_at, ended_at }: Turn): AgentRow['last_turn'] {
  return { id, outcome, started_at, ended_at };
}

function sinceOf(state: AgentState, { agent, lastTurn }: AgentFacts): number {
  if (state === 'working') return lastTurn?.started_at ?? agent.changedAt;
  if (state === 'idle') return Math.max(agent.changedAt, lastTurn?.ended_at ?? 0);
  return agent.changedAt;
}

function detailOf(state: AgentState, { agent, runtimeFailure, trouble }: AgentFacts): string | null {
  switch (state) {
    case 'failed':
      return agent.failure ?? `${runtimeFailure}; see hive logs ${agent.name}`;
    case 'needs_login':
      return 'no model credential that works: run hive login';
    case 'parked':
      return `the provider's rate limit: goes on at ${new Date(agent.parkedUntil ?? 0).toISOString()}`;
    case 'paused':
      return `starts no turn until hive agents resume ${agent.name}`;
    case 'stopped':
      return `until hive agents start ${agent.name}`;
    case 'starting':
      return trouble;
    default:
      return null;
  }
}
