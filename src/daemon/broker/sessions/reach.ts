import type { Tx } from '../../db/index.ts';
import type { Core } from '../core.ts';
import { forgetHanded } from '../turns/handed.ts';
import { findCurrentSession } from '../stores/session-store.ts';
import type { SessionState } from '../stores/session-store.ts';

/** Whether an agent's session may act. Kept in memory: every call of every agent asks, and a read outside a transaction costs a third of a send. */
export function mayReach(core: Core, agent: string): boolean {
  const known = core.reach.get(agent);
  if (known !== undefined) return known;
  return noteReach(core, agent, core.writer.read((db) => findCurrentSession(db, agent))?.state);
}

/** Notes what {@link mayReach} answers for an agent whose session is in this state; undefined = it has none. */
export function noteReach(core: Core, agent: string, state: SessionState | undefined): boolean {
  const may = state !== undefined && state !== 'lost';
  core.reach.set(agent, may);
  return may;
}

/** Belongs into every transaction that begins, fences or ends a session. */
export function reachChanges(core: Core, tx: Tx, agent: string): void {
  forgetHanded(core, agent);
  core.left.delete(agent);
  tx.afterCommit(() => core.reach.delete(agent));
}
