import { excerpt } from '#src/lib/excerpt.ts';
import { HiveError } from '#src/lib/errors.ts';
import type { Output, Parsed } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import { once } from '../../db/index.ts';
import type { Tx } from '../../db/index.ts';
import type { Sender } from '../api.ts';
import type { Core } from '../core.ts';
import { enqueueSystem } from '../messages/enqueue.ts';
import { isAgent, speakingTurn } from '../messages/speaker.ts';
import { findRecipient } from '../stores/agent-store.ts';
import { closeAsk } from '../stores/ask-store.ts';
import type { AskRow } from '../stores/ask-store.ts';
import { listDeliveriesOf } from '../stores/delivery-store.ts';
import { findAskMessage } from '../stores/message-store.ts';
import { insertOutbox } from '../stores/outbox-store.ts';
import { getAsk } from './thread.ts';

type Cancel = (typeof methods)['askCancel'];

/** The asker takes an open ask back, once per key, and its target is told. Throws `forbidden` for anybody else, `conflict` when it is over. */
export function cancelAsk(core: Core, from: Sender, input: Parsed<Cancel>): Promise<Output<Cancel>> {
  return core.writer.write(from, (tx) =>
    once(tx, from, input.key, () => {
      speakingTurn(tx, from, input.turn);
      const ask = getAsk(tx.db, input.id);
      if (ask.asker !== from)
        throw new HiveError('forbidden', `ask ${ask.id} is ${ask.asker}'s: only its asker cancels it`);
      if (!closeAsk(tx.db, { id: ask.id, state: 'cancelled' }))
        throw new HiveError('conflict', `ask ${ask.id} is already ${ask.state}: it cannot be cancelled`);
      tellTarget(core, tx, ask);
      closeIssue(core, tx, ask);
      return { id: ask.id, state: 'cancelled' as const };
    }),
  );
}

/** Wakes only while a turn holds the question: that turn can stop answering it. Everybody else reads it with what comes next. */
function tellTarget(core: Core, tx: Tx, { id, asker, target, question }: AskRow): void {
  if (isAgent(target) && !findRecipient(tx.db, target)) return;
  const message = findAskMessage(tx.db, id);
  const held = message !== null && listDeliveriesOf(tx.db, message).some((delivery) => delivery.state === 'leased');
  const body = `${asker} cancelled ask ${id} ("${excerpt(question, 120)}"): no answer is needed.`;
  enqueueSystem(core, tx, { to: target, kind: 'system', wakes: held, body, ask: id });
}

function closeIssue(core: Core, tx: Tx, { id, asker, target, question }: AskRow): void {
  tx.emit({ type: 'ask.changed', ask: id, asker, target, state: 'cancelled', excerpt: excerpt(question) });
  const row = { ask: id, author: asker, message: null, at: tx.now };
  insertOutbox(tx.db, { ...row, kind: 'comment', body: 'Cancelled by its asker.' });
  insertOutbox(tx.db, { ...row, kind: 'close', body: '' });
  tx.afterCommit(() => core.hooks.outboxFilled());
}
