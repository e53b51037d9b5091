import type { Received } from '#src/protocol/shapes.ts';
import type { Core } from '../core.ts';
import { isTrue, trueText } from '../messages/true-text.ts';
import type { DeliveryRow } from '../stores/delivery-store.ts';

/** A delivery as its recipient gets it. */
export function toReceived(core: Core, row: DeliveryRow): Received {
  return {
    delivery: row.delivery,
    id: row.message,
    from: row.sender,
    kind: row.kind,
    body: bodyOf(core, row) + closedAskNote(row),
    sent_at: row.created_at,
    in_reply_to: row.in_reply_to,
    ask: row.ask,
    thread_url: row.ask === null ? null : core.hooks.threadUrl(row.ask, row.issue_number ?? null),
    options: row.kind === 'ask' && typeof row.options === 'string' ? (JSON.parse(row.options) as string[]) : null,
    broadcast: row.addressed === '*',
    redelivered: row.redelivered,
  };
}

/** A damaged text is noted, so that the operator hears of it. */
function bodyOf(core: Core, row: DeliveryRow): string {
  if (!isTrue(row) && !core.damaged.has(row.message)) {
    core.damaged.add(row.message);
    core.log.error({ message: row.message }, 'the text of a message is damaged');
  }
  return trueText(row.message, row);
}

/** An ask may be over before its target sees it. */
function closedAskNote(row: DeliveryRow): string {
  if (row.kind !== 'ask' || row.ask_state === 'open' || row.ask_state === 'expired') return '';
  const how = row.ask_state === 'answered' ? `answered by ${row.answered_by}` : 'cancelled';
  return `\n\n(ask ${row.ask} is already ${how}: no answer is needed)`;
}
