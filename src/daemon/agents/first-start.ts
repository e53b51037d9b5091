import { stringify } from 'yaml';
import type { AgentFolder } from '#src/protocol/agent-config.ts';
import type { Config } from '../config.ts';
import type { Writer } from '../db/api.ts';
import { findFact, putFact } from '../db/index.ts';
import type { Forge } from '../forge/api.ts';
import { MANAGER, MANAGER_ROLE } from './manager.ts';

const FACT = 'manager_made';

/** What making the manager needs. */
export interface FirstStartDeps {
  forge: Pick<Forge, 'commitAgent'>;
  writer: Writer;
  config: Pick<Config, 'manager'>;
}

/** Commits the manager's folder once in the hive's life, when no folder claims to be one; answers whether it did. An operator who removes the manager later is obeyed. */
export async function ensureManager(folders: readonly AgentFolder[], deps: FirstStartDeps): Promise<boolean> {
  const { forge, writer, config } = deps;
  if (writer.read((db) => findFact(db, FACT)) !== undefined) return false;
  const missing = !folders.some(({ name }) => name === MANAGER);
  if (missing) {
    const { runtime, command } = config.manager;
    const yaml = stringify({ role: MANAGER_ROLE, manager: true, runtime, ...(command && { command }) });
    await forge.commitAgent(MANAGER, { 'agent.yaml': yaml, 'prompt.md': '' }, 'Add the manager');
  }
  await writer.write('hive', ({ db }) => putFact(db, FACT, new Date().toISOString()));
  return missing;
}
