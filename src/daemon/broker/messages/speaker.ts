import { HiveError } from '#src/lib/errors.ts';
import type { Tx } from '../../db/index.ts';
import type { Sender } from '../api.ts';
import { findSpeaker } from '../stores/session-store.ts';

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
  const { state, turn } = findSpeaker(tx.db, sender);
  if (state === 'lost') throw lostSession(sender);
  if (named !== undefined && named !== turn)
    throw new HiveError('conflict', `turn ${named} of ${sender} is not running: stop, its messages come again`);
  return turn;
}

/** The refusal for an agent whose session is over. */
export function lostSession(agent: string): HiveError {
  return new HiveError('forbidden', `the session of ${agent} was given up: its container is being replaced, stop here`);
}
