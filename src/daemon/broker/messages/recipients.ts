import { HiveError } from '#src/lib/errors.ts';
import type { Tx } from '../../db/index.ts';
import type { Sender } from '../api.ts';
import type { Speaker } from './speaker.ts';
import { findManager, findRecipient, listRecipients } from '../stores/agent-store.ts';

/** Who gets a message, and how it is addressed in its row. */
export interface Addressed {
  /** An agent, `operator` or `*`. */
  to: string;
  recipients: { name: string; wakes: boolean }[];
}

/**
 * Looks up a recipient as a sender names it; `manager` is the agent that manages, whatever its name. Throws
 * `not_found` naming the agents there are, `invalid` for the sender itself, and `forbidden` naming those it may reach.
 */
export function address(tx: Tx, from: Sender, to: string, { recipients: reach, known }: Speaker): Addressed {
  if (to === '*') return { to, recipients: everybody(tx, from, reach) };
  const name = known ?? findName(tx, to);
  if (name === from)
    throw new HiveError('invalid', `${from} cannot send to itself: ${elseFor(from, 'set a reminder instead')}`);
  checkReach(tx, from, name, reach);
  return { to: name, recipients: [{ name, wakes: true }] };
}

/** What one may do who named itself: the operator, who is no agent, names one. */
export function elseFor(from: Sender, others: string): string {
  return from === 'operator' ? 'name an agent' : others;
}

/** Throws `forbidden` when `name` is not on the sender's list; the manager and the operator are on every list. */
export function checkReach(tx: Tx, from: Sender, name: string, reach: string | null): void {
  if (reach === null || name === 'operator') return;
  const allowed = reachOf(tx, reach);
  if (allowed.has(name)) return;
  const others = [...allowed].filter((other) => other !== from);
  const names = [...others, 'operator'].join(', ');
  throw new HiveError('forbidden', `${from} may write to ${names} only: ask one of them to tell ${name}`);
}

function reachOf(tx: Tx, reach: string): Set<string> {
  const manager = findManager(tx.db);
  return new Set([...(JSON.parse(reach) as string[]), ...(manager ? [manager.name] : [])]);
}

/** The stored name of a recipient. Throws `not_found`. */
export function findName(tx: Tx, to: string): string {
  if (to === 'operator') return to;
  const agent = findRecipient(tx.db, to) ?? (to === 'manager' ? findManager(tx.db) : undefined);
  if (agent) return agent.name;
  const names = listRecipients(tx.db, '').map((row) => row.name);
  const choice = `choose from ${[...names, 'operator', '*'].join(', ')}`;
  if (to === 'manager')
    throw new HiveError(
      'not_found',
      `no agent manages the hive: ${choice}; the operator makes a manager with \`hive agents add NAME --manager\``,
    );
  throw new HiveError('not_found', `there is no agent "${to}": ${choice}`);
}

/** A broadcast never wakes a paused agent, not even when it is resumed. */
function everybody(tx: Tx, from: Sender, reach: string | null): Addressed['recipients'] {
  const allowed = reach === null ? undefined : reachOf(tx, reach);
  const others = listRecipients(tx.db, from).filter((row) => allowed?.has(row.name) ?? true);
  if (others.length === 0) throw new HiveError('not_found', 'there is no other agent to broadcast to');
  return others.map((row) => ({ name: row.name, wakes: row.paused === 0 }));
}
