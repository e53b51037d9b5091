import type { Tx } from '../../db/index.ts';
import type { Core } from '../core.ts';
import { trueText } from '../messages/true-text.ts';
import { enqueueSystem } from '../messages/enqueue.ts';
import { excerpt } from '#src/lib/excerpt.ts';
import { isAgent } from '../messages/speaker.ts';
import { findRecipient } from '../stores/agent-store.ts';
import { countReturn, findDelivery, listParkedIds } from '../stores/delivery-store.ts';
import { findMessage } from '../stores/message-store.ts';
import { move } from './move.ts';
import type { MovedDelivery } from './move.ts';

/**
 * Tells the sender once that a message of theirs was not delivered. Reports of the hive never breed reports, and wake nobody (DESIGN §6).
 */
export function reportDead(core: Core, tx: Tx, { message: id, recipient }: MovedDelivery, why: string): void {
  const message = findMessage(tx.db, id);
  if (!message || message.kind === 'system' || message.sender === recipient) return;
  const known = message.sender === 'operator' || (isAgent(message.sender) && findRecipient(tx.db, message.sender));
  if (!known) return;
  enqueueSystem(core, tx, {
    to: message.sender,
    kind: 'system',
    wakes: false,
    body: `Your message ${id} to ${recipient} was not handled and is a dead letter now: ${why}. It began: "${excerpt(trueText(id, message), 120)}"`,
    inReplyTo: id,
    depth: message.depth,
    ...(message.ask_id !== null && { ask: message.ask_id }),
  });
}

/** Makes dead letters of everything that waits for a recipient who is gone; what becomes of asks is told once per ask, not here. */
export function strandQueue(core: Core, tx: Tx, recipient: string, why: string): void {
  strand(core, tx, { recipient, why, by: 'strand', ids: core.backlogs.list(tx, recipient) });
  strand(core, tx, { recipient, why, by: 'strandParked', ids: listParkedIds(tx.db, recipient) });
}

interface Stranded {
  recipient: string;
  why: string;
  by: 'strand' | 'strandParked';
  ids: number[];
}

function strand(core: Core, tx: Tx, { recipient, why, by, ids }: Stranded): void {
  for (const id of ids) {
    const delivery = findDelivery(tx.db, id);
    if (!delivery) continue;
    const moved = { delivery: id, message: delivery.message_id, recipient };
    countReturn(tx.db, { id, attempts: 0, redelivered: 0, notBefore: 0, deadReason: why });
    move(core, tx, moved, by, null);
    if (delivery.dead_reason === null && findMessage(tx.db, moved.message)?.kind !== 'ask')
      reportDead(core, tx, moved, why);
  }
}
