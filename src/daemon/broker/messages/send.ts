import type { Output, Parsed } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import type { Tx } from '../../db/index.ts';
import type { Sender } from '../api.ts';
import type { Core } from '../core.ts';
import { guarded } from '../guards/guarded.ts';
import type { Charge } from '../guards/guards.ts';
import { heldNote } from '../guards/held-note.ts';
import { listDeliveriesOf } from '../stores/delivery-store.ts';
import { insertOutbox } from '../stores/outbox-store.ts';
import { findEarlierSend } from './earlier-send.ts';
import { enqueue } from './enqueue.ts';
import { address } from './recipients.ts';
import { resolveReply } from './reply.ts';
import { depthOf, findSpeaking } from './speaker.ts';

type Send = (typeof methods)['send'];

/** Stores a message and its deliveries; a reply into a thread also becomes a comment on the forge. */
export function send(core: Core, from: Sender, input: Parsed<Send>): Promise<Output<Send>> {
  const call = { key: input.key, to: input.to, bytes: Buffer.byteLength(input.body) };
  return guarded(core, from, call, (tx, charge) => sendIn(core, tx, { from, input, charge }));
}

function sendIn(core: Core, tx: Tx, call: { from: Sender; input: Parsed<Send>; charge: Charge }): Output<Send> {
  const { from, input, charge } = call;
  const { body } = input;
  const speaker = findSpeaking(tx, from, input.turn, input.to);
  const { turn } = speaker;
  const addressed = address(tx, from, input.to, speaker);
  const recipients = addressed.recipients.map((recipient) => recipient.name);
  const earlier = findEarlierSend(tx, turn, { kind: 'message', to: addressed.to, body });
  if (earlier) {
    tx.afterCommit(charge.giveBack);
    const parked = listDeliveriesOf(tx.db, earlier.id).some(({ state }) => state === 'parked');
    return {
      id: earlier.id,
      recipients,
      parked,
      note: `an earlier attempt already sent this as message ${earlier.id}`,
    };
  }
  const { inReplyTo, ask, depth: replied, note } = resolveReply(tx, from, input.in_reply_to);
  const { id, held } = enqueue(core, tx, {
    from,
    to: addressed.to,
    recipients: addressed.recipients,
    kind: 'message',
    body,
    inReplyTo,
    ask,
    turn,
    depth: depthOf(from, speaker, replied),
    pairTooFast: charge.pairTooFast,
  });
  if (ask !== null) comment(core, tx, { ask, author: from, body, message: id });
  if (held.length === 0) return { id, recipients, parked: false, note };
  return { id, recipients, parked: true, note: [heldNote(held), note].filter((part) => part !== null).join('; ') };
}

/** Lets the forge's issue follow what was said in a thread. */
export function comment(
  core: Core,
  tx: Tx,
  said: { ask: number; author: Sender; body: string; message: number | null },
): void {
  insertOutbox(tx.db, { ...said, kind: 'comment', at: tx.now });
  tx.afterCommit(() => core.hooks.outboxFilled());
}
