import type { z } from 'zod';
import { HiveError } from '#src/lib/errors.ts';
import type { scope } from '#src/protocol/methods/agents.ts';
import type { Agents } from '../agents/api.ts';

const NOT_OURS = ['ci', 'forge', 'gateway', 'matrix'] as const;

/**
 * The agents that a reference scope means. Throws `invalid` when it names nothing (the reference took that for everything) or a part that this hive does
 * not start and stop by itself.
 */
export function scopedAgents(wanted: z.output<typeof scope>, agents: Agents): string[] {
  const part = NOT_OURS.find((name) => wanted[name]);
  if (part !== undefined && !wanted.all) {
    throw new HiveError(
      'invalid',
      `scope "${part}" cannot be started or stopped alone here: use agents or agent_names`,
    );
  }
  if (wanted.all || wanted.agents) return agents.all().map(({ name }) => name);
  if (wanted.agent_names.length === 0) {
    throw new HiveError(
      'invalid',
      'the scope names nothing: give agent_names, "agents": true, or "all": true to mean everything',
    );
  }
  return wanted.agent_names.map((name) => agents.get(name).name);
}
