import { HiveError } from '#src/lib/errors.ts';
import type { Output, Parsed } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import { once } from '../../db/index.ts';
import type { Tx } from '../../db/index.ts';
import type { Sender } from '../api.ts';
import type { Core } from '../core.ts';
import { findEarlierSend } from '../messages/earlier-send.ts';
import { enqueue } from '../messages/enqueue.ts';
import { excerpt } from '#src/lib/excerpt.ts';
import { findName } from '../messages/recipients.ts';
import { speakingTurn } from '../messages/speaker.ts';
import { findAsk, insertAsk } from '../stores/ask-store.ts';
import { insertOutbox } from '../stores/outbox-store.ts';

type Ask = (typeof methods)['ask'];

/** Opens an ask: a message to its target, an issue on the forge by the outbox. */
export function ask(core: Core, from: Sender, input: Parsed<Ask>): Promise<Output<Ask>> {
  return core.writer.write(from, (tx) => once(tx, from, input.key, () => askIn(core, tx, from, input)));
}

function askIn(core: Core, tx: Tx, from: Sender, input: Parsed<Ask>): Output<Ask> {
  const turn = speakingTurn(tx, from, input.turn);
  const target = findName(tx, input.to);
  if (target === from) throw new HiveError('invalid', `${from} cannot ask itself: ask somebody else or the operator`);
  const earlier = findEarlierSend(tx, turn, { kind: 'ask', to: target, body: input.question });
  if (earlier?.ask_id)
    return {
      id: earlier.ask_id,
      message: earlier.id,
      thread: core.hooks.threadUrl(earlier.ask_id, findAsk(tx.db, earlier.ask_id)?.issue_number ?? null),
    };
  const id = insertAsk(tx.db, {
    asker: from,
    target,
    question: input.question,
    options: input.options ? JSON.stringify(input.options) : null,
    multi: input.multi ? 1 : 0,
    asked_at: tx.now,
    deadline_at: input.deadline_seconds === undefined ? null : tx.now + Math.round(input.deadline_seconds * 1000),
  });
  const message = enqueue(core, tx, {
    from,
    to: target,
    recipients: [{ name: target, wakes: true }],
    kind: 'ask',
    body: input.question,
    ask: id,
    turn,
  });
  tx.emit({ type: 'ask.changed', ask: id, asker: from, target, state: 'open', excerpt: excerpt(input.question) });
  insertOutbox(tx.db, { ask: id, kind: 'open', author: from, body: input.question, message, at: tx.now });
  tx.afterCommit(() => core.hooks.outboxFilled());
  return { id, message, thread: core.hooks.threadUrl(id, null) };
}
