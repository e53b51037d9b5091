import { HiveError } from '#src/lib/errors.ts';
import type { Tx } from '../../db/index.ts';
import type { Sender } from '../api.ts';
import { findSpeaker } from '../stores/session-store.ts';

/** Senders that are no agents. */
const NO_AGENTS: readonly Sender[] = ['operator', 'system', 'forge'];

/** Whether it is an agent that speaks: not a person, the forge or the hive itself. */
export function isAgent(sender: Sender): boolean {
  return !NO_AGENTS.includes(sender);
}

/** Who speaks, and out of what. */
export interface Speaker {
  /** The running turn; null outside a turn and for everybody who is no agent. */
  turn: number | null;
  /** Of the turn, see `turns.depth`; null without one. */
  depth: number | null;
  /** Whom it may write to, as a JSON list; null = everybody. */
  recipients: string | null;
  /** The agent that it speaks to, when that was looked up and there is one. */
  known: string | null;
}

const NO_AGENT: Speaker = { turn: null, depth: null, recipients: null, known: null };

/** Looks up who speaks, and whether `to` is an agent. Throws `forbidden` when the agent's session was given up, and `conflict` when it names a turn that is over. */
export function findSpeaking(tx: Tx, sender: Sender, named: number | undefined, to: string | null = null): Speaker {
  if (!isAgent(sender)) return NO_AGENT;
  const speaker = tx.remembered(`${sender} to ${to ?? ''}`, (db) => findSpeaker(db, sender, to));
  if (speaker.state === 'lost') throw lostSession(sender);
  if (named !== undefined && named !== speaker.turn)
    throw new HiveError('conflict', `turn ${named} of ${sender} is not running: stop, its messages come again`);
  return speaker;
}

/** The same for what already stands somewhere, such as a comment on the forge: nothing is refused, whatever became of the session since. */
export function findWhoSpoke(tx: Tx, sender: Sender): Speaker {
  return isAgent(sender) ? findSpeaker(tx.beside, sender, null) : NO_AGENT;
}

/** The running turn in which an agent speaks; null outside a turn and for everybody else. Throws like {@link findSpeaking}. */
export function speakingTurn(tx: Tx, sender: Sender, named: number | undefined): number | null {
  return findSpeaking(tx, sender, named).turn;
}

/** How many replies stand before what is said now: one more than in what the turn took, or outside a turn than in what it replies to. */
export function depthOf(sender: Sender, speaker: Speaker, repliesTo: number | null): number {
  if (!isAgent(sender)) return 0;
  return (speaker.depth ?? repliesTo ?? -1) + 1;
}

/** The refusal for an agent whose session is over. */
export function lostSession(agent: string): HiveError {
  return new HiveError('forbidden', `the session of ${agent} was given up: its container is being replaced, stop here`);
}
