import { stringify } from 'yaml';
import type { Parsed } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import { MANAGER_ROLE } from './manager.ts';

/** The files of an agent's folder in hive/agents, from what `agents add` was given; what was not given is left to the defaults. */
export function agentFiles(input: Parsed<(typeof methods)['agentsAdd']>): Record<string, string> {
  const { runtime, model, command, egress, manager, prompt } = input;
  const role = input.role ?? (manager ? MANAGER_ROLE : undefined);
  const yaml = stringify({
    ...(role !== undefined && { role }),
    ...(manager && { manager }),
    runtime,
    ...(model !== undefined && { model }),
    ...(command && { command }),
    ...(egress.length > 0 && { egress }),
  });
  return { 'agent.yaml': yaml, 'prompt.md': prompt ?? '' };
}
