import type { Sender } from '../api.ts';
import type { Core } from '../core.ts';
import { insertOutbox } from '../stores/outbox-store.ts';
import { getAsk } from './thread.ts';

/** Somebody who did not ask closed an open ask's issue: a closed page is no answer, so it is opened again and says what would end the ask. */
export function keepOpen(core: Core, id: number, by: Sender): Promise<void> {
  return core.writer.write('forge', (tx) => {
    const ask = getAsk(tx.db, id);
    if (ask.state !== 'open') return;
    const answerers = ask.target === 'operator' ? 'the operator' : `${ask.target} or the operator`;
    const body = `${by} closed this page, but ask ${id} is still open: ${answerers} answers it by a comment here, and ${ask.asker} cancels it by closing the page.`;
    const row = { ask: id, author: 'system', message: null, at: tx.now };
    insertOutbox(tx.db, { ...row, kind: 'comment', body });
    insertOutbox(tx.db, { ...row, kind: 'reopen', body: '' });
    tx.afterCommit(() => core.hooks.outboxFilled());
  });
}
