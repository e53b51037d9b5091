import type { AgentRow } from '#src/protocol/shapes.ts';
import { hint } from './hints.ts';
import { table } from './table.ts';
import { ago, span } from '#src/lib/span.ts';

/** Prints agents, one line each. */
export function printAgents(agents: AgentRow[]): void {
  table(['AGENT', 'STATE', 'SINCE', 'NOW', 'QUEUE', 'TURNS', 'TOKENS', 'LAST'], agents.map(line));
}

function line(agent: AgentRow): string[] {
  const now = agent.activity ?? (agent.detail && hint(agent.detail)) ?? agent.status_text ?? '';
  return [
    agent.manager ? `${agent.name} (manager)` : agent.name,
    agent.state,
    span((Date.now() - agent.since) / 1000),
    now.length > 60 ? `${now.slice(0, 59)}…` : now,
    agent.queued > 0 ? `+${agent.queued}` : '',
    String(agent.turns_today),
    String(agent.tokens_today),
    agent.last_activity_at === null ? '' : ago(agent.last_activity_at),
  ];
}
