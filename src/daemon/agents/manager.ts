import { HiveError } from '#src/lib/errors.ts';
import type { AgentConfig } from '#src/protocol/agent-config.ts';

/** The name under which everybody reaches the agent that manages; an agent of this name is made as one. */
export const MANAGER = 'manager';
/** What a manager is for, unless told. */
export const MANAGER_ROLE = 'manages the hive';

type Known = { name: string; config: Pick<AgentConfig, 'manager'> };

/** Throws `conflict` when one of `agents` manages already. */
export function requireNoManager(agents: readonly Known[]): void {
  const there = agents.find(({ config }) => config.manager);
  if (!there) return;
  throw new HiveError(
    'conflict',
    `${there.name} manages the hive already, and messages to manager reach one agent: remove it first with \`hive agents remove ${there.name} --force\``,
  );
}

/** Throws `conflict` when `agent` manages: removing it takes an address from everybody, which has to be meant. */
export function requireNotManager({ name, config }: Known): void {
  if (!config.manager) return;
  throw new HiveError(
    'conflict',
    `${name} manages the hive: without it messages and asks to manager are refused, and its tools are nobody's, until \`hive agents add NAME --manager\` makes another. If you mean it: \`hive agents remove ${name} --force\``,
  );
}
