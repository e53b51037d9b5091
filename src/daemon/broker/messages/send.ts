import type { Output, Parsed } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import { once } from '../../db/index.ts';
import type { Tx } from '../../db/index.ts';
import type { Sender } from '../api.ts';
import type { Core } from '../core.ts';
import { insertOutbox } from '../stores/outbox-store.ts';
import { findEarlierSend } from './earlier-send.ts';
import { enqueue } from './enqueue.ts';
import { address } from './recipients.ts';
import { resolveReply } from './reply.ts';
import { speakingTurn } from './speaker.ts';

type Send = (typeof methods)['send'];

/** Stores a message and its deliveries; a reply into a thread also becomes a comment on the forge. */
export function send(core: Core, from: Sender, input: Parsed<Send>): Promise<Output<Send>> {
  return core.writer.write(from, (tx) => once(tx, from, input.key, () => sendIn(core, tx, from, input)));
}

function sendIn(core: Core, tx: Tx, from: Sender, input: Parsed<Send>): Output<Send> {
  const turn = speakingTurn(tx, from, input.turn);
  const addressed = address(tx, from, input.to);
  const recipients = addressed.recipients.map((recipient) => recipient.name);
  const earlier = findEarlierSend(tx, turn, { kind: 'message', to: addressed.to, body: input.body });
  if (earlier)
    return {
      id: earlier.id,
      recipients,
      parked: false,
      note: `an earlier attempt already sent this as message ${earlier.id}`,
    };
  const { inReplyTo, ask, note } = resolveReply(tx, from, input.in_reply_to);
  const id = enqueue(core, tx, { ...addressed, from, kind: 'message', body: input.body, inReplyTo, ask, turn });
  if (ask !== null) comment(core, tx, { ask, author: from, body: input.body, message: id });
  return { id, recipients, parked: false, note };
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
