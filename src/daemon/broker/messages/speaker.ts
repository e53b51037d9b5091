import { HiveError } from '#src/lib/errors.ts';
import type { Tx } from '../../db/index.ts';
import type { Sender } from '../api.ts';
import { findCurrentSession } from '../stores/session-store.ts';
import { findRunningTurn } from '../stores/turn-store.ts';

/** Senders that are no agents. */
const NO_AGENTS: readonly Sender[] = ['operator', 'system', 'forge'];

export function isAgent(sender: Sender): boolean {
  return !NO_AGENTS.includes(sender);
}

/**
 * The running turn in which an agent speaks; null outside a turn and for everybody else. Throws `forbidden` when the agent's session was given up, and
 * `conflict` when it names a turn that is over.
 */
export function speakingTurn(tx: Tx, sender: Sender, named: number | undefined): number | null {
  if (!isAgent(sender)) return null;
  refuseLost(tx, sender);
  const running = findRunningTurn(tx.db, sender)?.id ?? null;
  if (named !== undefined && named !== running)
    throw new HiveError('conflict', `turn ${named} of ${sender} is not running: stop, its messages come again`);
  return running;
}

/** Nothing of a session that was given up may act any more (DESIGN §6). */
export function refuseLost(tx: Tx, agent: string): void {
  const session = findCurrentSession(tx.db, agent);
  if (session?.state === 'lost') throw lostSession(session.id, agent);
}

/** The refusal for a session that is being replaced. */
export function lostSession(session: number, agent: string): HiveError {
  return new HiveError(
    'forbidden',
    `session ${session} of ${agent} was given up: its container is being replaced, stop here`,
  );
}
