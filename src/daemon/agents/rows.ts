import type { AgentRow } from '#src/protocol/shapes.ts';
import type { QueueFacts } from '../broker/api.ts';
import type { StoredAgent } from './agent-store.ts';
import type { AgentsDeps } from './deps.ts';
import type { Holding } from './holding.ts';
import type { Lives } from './lives.ts';
import type { Restarts } from './restarts.ts';
import { type AgentFacts, agentRow } from './row.ts';

/** Where the facts of rows come from. */
export interface RowsDeps extends Pick<AgentsDeps, 'broker' | 'clock' | 'containers' | 'forge' | 'telemetry'> {
  holding: Holding;
  lives: Lives;
  restarts: Restarts;
}

/** An agent that was just removed. */
const NOTHING: QueueFacts = {
  session: undefined,
  counts: { queued: 0, leased: 0, dead: 0, reminders: 0, turnsToday: 0 },
  activity: undefined,
  lastTurn: undefined,
};

/** Agents as CLI and dashboard show them. */
export interface Rows {
  row(agent: StoredAgent): AgentRow;
  /** The manager first, then by name. */
  rows(agents: StoredAgent[]): AgentRow[];
}

/** Gathers what the parts know of each agent; for all of them at once it asks each part once. */
export function createRows(deps: RowsDeps): Rows {
  const rank = ({ manager }: AgentRow): number => (manager ? 0 : 1);
  return {
    row: (agent) => agentRow(factsOf(agent, gather(deps, agent.name), deps)),
    rows(agents) {
      const gathered = gather(deps);
      const rows = agents.map((agent) => agentRow(factsOf(agent, gathered, deps)));
      return rows.toSorted((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
    },
  };
}

interface Gathered {
  facts: Map<string, QueueFacts>;
  tokens: Map<string, number>;
}

function gather({ broker, telemetry }: RowsDeps, name?: string): Gathered {
  return { facts: broker.facts(name), tokens: telemetry.tokensTodayByAgent(name) };
}

function factsOf(agent: StoredAgent, { facts, tokens }: Gathered, deps: RowsDeps): AgentFacts {
  const { clock, containers, forge, holding, lives, restarts } = deps;
  const { name } = agent;
  const { session, counts, activity, lastTurn } = facts.get(name) ?? NOTHING;
  return {
    ...{ agent, session, counts, activity, lastTurn },
    runtimeFailure: restarts.failure(name),
    trouble: restarts.latest(name),
    needsLogin: holding.needsLogin(agent, lastTurn),
    tokensToday: tokens.get(name) ?? 0,
    pid: session ? containers.pid(session.id) : null,
    exitCode: lives.exitCode(name),
    forgeUrl: forge.pages.agent(name),
    now: clock.now(),
  };
}
