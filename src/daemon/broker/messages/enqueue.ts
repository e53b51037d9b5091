import { crc32 } from 'node:zlib';
import type { MessageKind } from '#src/protocol/shapes.ts';
import type { Tx } from '../../db/index.ts';
import type { Core } from '../core.ts';
import type { Sender, SystemMessage } from '../api.ts';
import { move } from '../deliveries/move.ts';
import { hold } from '../guards/hold.ts';
import { insertDelivery } from '../stores/delivery-store.ts';
import { depthOfAsk, insertMessage } from '../stores/message-store.ts';
import { PARTIES_BATCH } from '../stores/party-store.ts';
import { touch } from '../turns/serve.ts';
import { excerpt } from '#src/lib/excerpt.ts';
import { noteSoon } from './note-soon.ts';
import { findName } from './recipients.ts';
import type { Addressed } from './recipients.ts';

/** A message on its way into queues. */
export interface NewMessage extends Addressed {
  from: Sender;
  kind: MessageKind;
  body: string;
  inReplyTo?: number | null;
  ask?: number | null;
  turn?: number | null;
  /** Replies before it since a person or the forge spoke; 0 when it starts anew. */
  depth?: number;
  /** Its pair says more than it may. */
  pairTooFast?: boolean;
}

/** A stored message. */
export interface Enqueued {
  id: number;
  /** Recipients for whom the loop breaker holds it. */
  held: readonly string[];
}

/** Stores a message with one delivery per recipient, publishes it and serves calls that wait for it; the operator hears when the loop breaker parks a pair. */
export function enqueue(core: Core, tx: Tx, message: NewMessage): Enqueued {
  const { ask = null, depth = 0, pairTooFast = false } = message;
  const stored = {
    sender: message.from,
    recipient: message.to,
    kind: message.kind,
    body: message.body,
    body_crc: crc32(message.body),
    in_reply_to: message.inReplyTo ?? null,
    ask_id: ask,
    turn_id: message.turn ?? null,
    created_at: tx.now,
    depth,
  };
  const id = insertMessage(tx, stored);
  tx.emit({
    type: 'message.sent',
    message: id,
    from: message.from,
    to: message.to,
    kind: message.kind,
    excerpt: excerpt(message.body),
    ask,
  });
  const { from, to, recipients } = message;
  const { held, notice } = hold(core, tx, { id, from, to: recipients, broadcast: to === '*', depth, pairTooFast });
  for (const { name, wakes } of message.recipients) {
    const row = { message_id: id, recipient: name, wakes: wakes ? 1 : 0, changed_at: tx.now };
    const delivery = insertDelivery(tx, row);
    core.backlogs.arrived(tx, { delivery, message: id, recipient: name, wakes }, stored);
    if (held.includes(name)) move(core, tx, { delivery, message: id, recipient: name }, 'park', null);
    else touch(core, tx, name);
  }
  if (notice !== null)
    enqueueSystem(core, tx, { to: 'operator', kind: 'system', body: notice, wakes: true, inReplyTo: id });
  if (id % PARTIES_BATCH === 0) tx.afterCommit(() => noteSoon(core));
  return { id, held };
}

/** Puts something of the hive itself into a queue; answers the message's id. Throws `not_found`. */
export function enqueueSystem(core: Core, tx: Tx, message: SystemMessage): number {
  const to = findName(tx, message.to);
  return enqueue(core, tx, {
    from: message.from ?? (message.kind === 'forge' ? 'forge' : 'system'),
    to,
    recipients: [{ name: to, wakes: message.wakes }],
    kind: message.kind,
    body: message.body,
    inReplyTo: message.inReplyTo ?? null,
    ask: message.ask ?? null,
    depth: message.depth ?? (message.ask === undefined ? 0 : depthOfAsk(tx.db, message.ask)),
  }).id;
}
