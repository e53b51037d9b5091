import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fill } from '#src/lib/fill.ts';
import type { HarnessConfig } from '#src/protocol/methods/harness.ts';
import type { AgentRecord } from './api.ts';

/** What a harness's configuration is made of beside the agent's record. */
export interface HarnessFacts {
  install: string;
  forgeUrl: string;
  threadsPage: string;
  login: { kind: 'api_key' | 'oauth_token' } | undefined;
}

/** How the agent's turns are run; nothing secret is in it. */
export function harnessConfig(agent: AgentRecord, facts: HarnessFacts): HarnessConfig {
  const { name, config } = agent;
  const forge = new URL(facts.forgeUrl);
  return {
    agent: name,
    manager: config.manager,
    runtime: config.runtime,
    model: config.model ?? null,
    command: config.command ?? null,
    prompt: systemPrompt(agent, facts),
    forge: { host: forge.hostname, port: Number(forge.port) },
    login: facts.login?.kind ?? null,
    egress: config.egress,
  };
}

/** The hive's prompt, the manager's part for managers, then the agent's own prompt.md. */
function systemPrompt({ name, config, prompt }: AgentRecord, facts: HarnessFacts): string {
  const template = (file: string): string => readFileSync(join(facts.install, 'templates/prompts', file), 'utf8');
  const role = config.role === '' ? 'an agent' : config.role;
  const values = { name, role, forge: facts.forgeUrl, threads: facts.threadsPage };
  const parts = [fill(template('system.md'), values)];
  if (config.manager) parts.push(fill(template('manager.md'), values));
  if (prompt.trim() !== '') parts.push(prompt.trim());
  return `${parts.map((part) => part.trim()).join('\n\n')}\n`;
}
