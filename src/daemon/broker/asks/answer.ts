import { HiveError } from '#src/lib/errors.ts';
import type { Input, Output } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import type { Tx } from '../../db/index.ts';
import type { Sender } from '../api.ts';
import type { Core } from '../core.ts';
import { guarded } from '../guards/guarded.ts';
import type { Charge } from '../guards/guards.ts';
import { heldNote } from '../guards/held-note.ts';
import { move } from '../deliveries/move.ts';
import { enqueue } from '../messages/enqueue.ts';
import { excerpt } from '#src/lib/excerpt.ts';
import { depthOf, findSpeaking, findWhoSpoke, isAgent } from '../messages/speaker.ts';
import type { Speaker } from '../messages/speaker.ts';
import { findRecipient } from '../stores/agent-store.ts';
import { answerAsk, findAsk } from '../stores/ask-store.ts';
import type { AskRow } from '../stores/ask-store.ts';
import { listDeliveriesOf } from '../stores/delivery-store.ts';
import { findAskMessage, findMessage } from '../stores/message-store.ts';
import { insertOutbox } from '../stores/outbox-store.ts';
import { getAsk } from './thread.ts';

type Answer = (typeof methods)['answer'];

/** Answers an ask; the first answer wins, a late one still arrives. `forgeComment` = it already stands on the page. */
export function answer(
  core: Core,
  from: Sender,
  input: Input<Answer>,
  forgeComment: number | undefined,
): Promise<Output<Answer>> {
  // An answer costs nothing, since somebody asked; the loop breaker counts it.
  const to = isAgent(from) ? core.writer.read((db) => findAsk(db, input.id))?.asker : undefined;
  return guarded(core, from, { key: input.key, to, bytes: undefined }, (tx, charge) => {
    const speaker = forgeComment === undefined ? findSpeaking(tx, from, input.turn) : findWhoSpoke(tx, from);
    const ask = getAsk(tx.db, input.id);
    if (from !== ask.target && from !== 'operator')
      throw new HiveError(
        'forbidden',
        `ask ${ask.id} is for ${ask.target}: only ${ask.target} or the operator answers it`,
      );
    const accepted = answerAsk(tx.db, { id: ask.id, answer: input.text, by: from, at: tx.now });
    const said = { from, speaker, text: input.text, charge, onForge: forgeComment !== undefined };
    const held = accepted ? deliverAnswer(core, tx, ask, said) : [];
    if (!accepted) tx.afterCommit(charge.giveBack);
    const { id, state, answer: text, answered_by } = getAsk(tx.db, ask.id);
    const note = held.length === 0 ? null : heldNote(held);
    return { id, accepted, state, answer: text, answered_by, note };
  });
}

/** Answers for whom the loop breaker holds it. */
function deliverAnswer(
  core: Core,
  tx: Tx,
  ask: AskRow,
  said: { from: Sender; speaker: Speaker; text: string; charge: Charge; onForge: boolean },
): readonly string[] {
  const question = findAskMessage(tx.db, ask.id);
  const there = !isAgent(ask.asker) || findRecipient(tx.db, ask.asker) !== undefined;
  const asked = question === null || said.speaker.turn !== null ? null : (findMessage(tx.db, question)?.depth ?? null);
  const { id: message, held } = enqueue(core, tx, {
    from: said.from,
    to: ask.asker,
    recipients: there && ask.asker !== said.from ? [{ name: ask.asker, wakes: true }] : [],
    kind: 'answer',
    body: said.text,
    inReplyTo: question,
    ask: ask.id,
    turn: said.speaker.turn,
    depth: depthOf(said.from, said.speaker, asked),
    pairTooFast: said.charge.pairTooFast,
  });
  if (question !== null) markRead(core, tx, question);
  const { asker, target } = ask;
  tx.emit({ type: 'ask.changed', ask: ask.id, asker, target, state: 'answered', excerpt: excerpt(said.text) });
  const row = { ask: ask.id, author: said.from, body: said.text, message, at: tx.now };
  if (!said.onForge) insertOutbox(tx.db, { ...row, kind: 'comment' });
  insertOutbox(tx.db, { ...row, kind: 'close', body: '' });
  tx.afterCommit(() => core.hooks.outboxFilled());
  return held;
}

/** Whoever has an answer need not read the question in the operator's inbox. */
function markRead(core: Core, tx: Tx, message: number): void {
  for (const row of listDeliveriesOf(tx.db, message)) {
    if (row.recipient !== 'operator' || row.state !== 'queued') continue;
    move(core, tx, { delivery: row.id, message, recipient: row.recipient }, 'read', null);
  }
}
