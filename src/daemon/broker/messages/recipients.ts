import { HiveError } from '#src/lib/errors.ts';
import type { Tx } from '../../db/index.ts';
import type { Sender } from '../api.ts';
import { findManager, findRecipient, listRecipients } from '../stores/agent-store.ts';

/** Who gets a message, and how it is addressed in its row. */
export interface Addressed {
  /** An agent, `operator` or `*`. */
  to: string;
  recipients: { name: string; wakes: boolean }[];
}

/** Looks up a recipient as a sender names it; `manager` is the agent that manages, whatever its name. Throws `not_found` naming the agents there are. */
export function address(tx: Tx, from: Sender, to: string): Addressed {
  if (to === from) throw new HiveError('invalid', `${from} cannot send to itself: set a reminder instead`);
  if (to === '*') return { to, recipients: everybody(tx, from) };
  const name = findName(tx, to);
  return { to: name, recipients: [{ name, wakes: true }] };
}

/** The stored name of a recipient. Throws `not_found`. */
export function findName(tx: Tx, to: string): string {
  if (to === 'operator') return to;
  const agent = findRecipient(tx.db, to) ?? (to === 'manager' ? findManager(tx.db) : undefined);
  if (agent) return agent.name;
  const names = listRecipients(tx.db, '').map((row) => row.name);
  throw new HiveError('not_found', `there is no agent "${to}": choose from ${[...names, 'operator', '*'].join(', ')}`);
}

/** A broadcast never wakes a paused agent, not even when it is resumed. */
function everybody(tx: Tx, from: Sender): Addressed['recipients'] {
  const others = listRecipients(tx.db, from);
  if (others.length === 0) throw new HiveError('not_found', 'there is no other agent to broadcast to');
  return others.map((row) => ({ name: row.name, wakes: row.paused === 0 }));
}
