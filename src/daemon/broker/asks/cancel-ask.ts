import { HiveError } from '#src/lib/errors.ts';
import type { Sender } from '../api.ts';
import type { Core } from '../core.ts';
import { enqueueSystem } from '../messages/enqueue.ts';
import { excerpt } from '#src/lib/excerpt.ts';
import { isAgent, speakingTurn } from '../messages/speaker.ts';
import { findRecipient } from '../stores/agent-store.ts';
import { closeAsk } from '../stores/ask-store.ts';
import { insertOutbox } from '../stores/outbox-store.ts';
import { getAsk } from './thread.ts';

/** The asker takes an open ask back; its target is told without being woken. Throws `forbidden` for others, `conflict` when it is over. */
export function cancelAsk(core: Core, asker: Sender, id: number): Promise<void> {
  return core.writer.write(asker, (tx) => {
    speakingTurn(tx, asker, undefined);
    const ask = getAsk(tx.db, id);
    if (ask.asker !== asker) throw new HiveError('forbidden', `ask ${id} is ${ask.asker}'s: only its asker cancels it`);
    if (!closeAsk(tx.db, { id, state: 'cancelled' }))
      throw new HiveError('conflict', `ask ${id} is already ${ask.state}: it cannot be cancelled`);
    const body = `${asker} cancelled ask ${id} ("${excerpt(ask.question, 120)}"): no answer is needed.`;
    if (!isAgent(ask.target) || findRecipient(tx.db, ask.target))
      enqueueSystem(core, tx, { to: ask.target, kind: 'system', wakes: false, body, ask: id });
    const { target, question } = ask;
    tx.emit({ type: 'ask.changed', ask: id, asker, target, state: 'cancelled', excerpt: excerpt(question) });
    const row = { ask: id, author: asker, message: null, at: tx.now };
    insertOutbox(tx.db, { ...row, kind: 'comment', body: 'Cancelled by its asker.' });
    insertOutbox(tx.db, { ...row, kind: 'close', body: '' });
    tx.afterCommit(() => core.hooks.outboxFilled());
  });
}
