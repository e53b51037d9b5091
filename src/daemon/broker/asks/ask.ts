import { HiveError } from '#src/lib/errors.ts';
import type { Output, Parsed } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import type { Tx } from '../../db/index.ts';
import type { Sender } from '../api.ts';
import type { Core } from '../core.ts';
import { guarded } from '../guards/guarded.ts';
import type { Charge } from '../guards/guards.ts';
import { heldNote } from '../guards/held-note.ts';
import { findEarlierSend } from '../messages/earlier-send.ts';
import { enqueue } from '../messages/enqueue.ts';
import { excerpt } from '#src/lib/excerpt.ts';
import { checkReach, elseFor, findName } from '../messages/recipients.ts';
import { depthOf, findSpeaking, isAgent } from '../messages/speaker.ts';
import { countOpenAsksOf, findAsk, insertAsk } from '../stores/ask-store.ts';
import { insertOutbox } from '../stores/outbox-store.ts';

type Ask = (typeof methods)['ask'];

/** Opens an ask: a message to its target, an issue on the forge by the outbox. */
export function ask(core: Core, from: Sender, input: Parsed<Ask>): Promise<Output<Ask>> {
  const call = { key: input.key, to: input.to, bytes: Buffer.byteLength(input.question) };
  return guarded(core, from, call, (tx, charge) => askIn(core, tx, { ...input, from, charge }));
}

function askIn(core: Core, tx: Tx, input: Parsed<Ask> & { from: Sender; charge: Charge }): Output<Ask> {
  const { from, charge } = input;
  const speaker = findSpeaking(tx, from, input.turn);
  const { turn } = speaker;
  const target = findName(tx, input.to);
  if (target === from)
    throw new HiveError('invalid', `${from} cannot ask itself: ${elseFor(from, 'ask somebody else or the operator')}`);
  checkReach(tx, from, target, speaker.recipients);
  const earlier = findEarlierSend(tx, turn, { kind: 'ask', to: target, body: input.question });
  if (earlier?.ask_id) {
    tx.afterCommit(charge.giveBack);
    const issue = findAsk(tx.db, earlier.ask_id)?.issue_number ?? null;
    return { id: earlier.ask_id, message: earlier.id, thread: core.hooks.threadUrl(earlier.ask_id, issue), note: null };
  }
  checkOpenAsks(core, tx, from);
  const id = insertAsk(tx.db, {
    asker: from,
    target,
    question: input.question,
    options: input.options ? JSON.stringify(input.options) : null,
    multi: input.multi ? 1 : 0,
    asked_at: tx.now,
    deadline_at: input.deadline_seconds === undefined ? null : tx.now + Math.round(input.deadline_seconds * 1000),
  });
  const { id: message, held } = enqueue(core, tx, {
    from,
    to: target,
    recipients: [{ name: target, wakes: true }],
    kind: 'ask',
    body: input.question,
    ask: id,
    turn,
    depth: depthOf(from, speaker, null),
    pairTooFast: charge.pairTooFast,
  });
  tx.emit({ type: 'ask.changed', ask: id, asker: from, target, state: 'open', excerpt: excerpt(input.question) });
  insertOutbox(tx.db, { ask: id, kind: 'open', author: from, body: input.question, message, at: tx.now });
  tx.afterCommit(() => core.hooks.outboxFilled());
  return { id, message, thread: core.hooks.threadUrl(id, null), note: held.length === 0 ? null : heldNote(held) };
}

function checkOpenAsks(core: Core, tx: Tx, from: Sender): void {
  const most = core.settings.guards.open_asks;
  if (!isAgent(from) || countOpenAsksOf(tx.db, from) < most) return;
  const fix = 'cancel those that you no longer need, or wait for an answer';
  throw new HiveError('limited', `${from} has ${most} open asks, more are not allowed at a time: ${fix}`);
}
