import type { AgentRow } from '#src/protocol/shapes.ts';
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

/** Agents as CLI and dashboard show them. */
export interface Rows {
  row(agent: StoredAgent): AgentRow;
  /** The manager first, then by name. */
  rows(agents: StoredAgent[]): AgentRow[];
}

/** Gathers what the parts know of each agent. */
export function createRows(deps: RowsDeps): Rows {
  const row = (agent: StoredAgent): AgentRow => agentRow(factsOf(agent, deps));
  const rank = ({ manager }: AgentRow): number => (manager ? 0 : 1);
  return {
    row,
    rows: (agents) => agents.map(row).toSorted((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name)),
  };
}

function factsOf(agent: StoredAgent, deps: RowsDeps): AgentFacts {
  const { broker, clock, containers, forge, holding, lives, restarts, telemetry } = deps;
  const { name } = agent;
  const session = broker.currentSession(name);
  return {
    agent,
    session,
    runtimeFailure: restarts.failure(name),
    trouble: restarts.latest(name),
    needsLogin: holding.needsLogin(agent),
    counts: broker.counts(name),
    activity: broker.activity(name),
    lastTurn: broker.lastTurn(name),
    tokensToday: telemetry.tokensToday(name),
    pid: session ? containers.pid(session.id) : null,
    exitCode: lives.exitCode(name),
    forgeUrl: forge.pages.agent(name),
    now: clock.now(),
  };
}
