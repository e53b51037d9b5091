import { excerpt } from '#src/lib/excerpt.ts';
import type { Tx } from '../../db/index.ts';
import type { DueMessage } from '../api.ts';
import type { Core } from '../core.ts';
import { insertDeliveriesOf } from '../stores/delivery-store.ts';
import { asMessage, insertReminderMessages } from '../stores/message-store.ts';
import { PARTIES_BATCH } from '../stores/party-store.ts';
import { touch } from '../turns/serve.ts';
import { noteSoon } from './note-soon.ts';

/**
 * Puts reminders into queues, many in one go: each costs a fraction of what it costs alone. All recipients are there. Answers the first
 * one's id, the others follow it. The loop breaker has no part in it: nobody answers anybody here.
 */
export function enqueueReminders(core: Core, tx: Tx, due: readonly DueMessage[]): number {
  const last = insertReminderMessages(tx.db, due, tx.now);
  const first = last - due.length + 1;
  const delivery = insertDeliveriesOf(tx.db, first, last) - due.length + 1;
  for (const [index, one] of due.entries()) {
    const { from, to, body } = one;
    const message = first + index;
    tx.emit({ type: 'message.sent', message, from, to, kind: 'reminder', excerpt: excerpt(body), ask: null });
    core.backlogs.arrived(
      tx,
      { delivery: delivery + index, message, recipient: to, wakes: true },
      asMessage(one, tx.now),
    );
  }
  for (const to of new Set(due.map((message) => message.to))) touch(core, tx, to);
  if (Math.floor(last / PARTIES_BATCH) > Math.floor((first - 1) / PARTIES_BATCH)) tx.afterCommit(() => noteSoon(core));
  return first;
}
