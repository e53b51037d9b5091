import type { Core } from '../core.ts';
import { findRunningTurn } from '../stores/turn-store.ts';

/** Asks the agent's running turn to end: told with its next sign of life, and by an order. Nothing happens when none runs. */
export async function cancelTurn(core: Core, agent: string, reason: string): Promise<void> {
  const turn = core.writer.read((db) => findRunningTurn(db, agent));
  if (!turn) return;
  core.cancelled.add(turn.id);
  core.hooks.turnCancelled(agent, turn.id, reason);
}
