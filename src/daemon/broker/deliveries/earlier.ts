import type { Act } from '#src/protocol/methods/harness.ts';
import type { Tx } from '../../db/index.ts';
import { excerpt } from '#src/lib/excerpt.ts';
import { listActs } from '../stores/act-store.ts';
import { listEarlierTurns } from '../stores/lease-store.ts';
import { listMessagesOfTurn } from '../stores/message-store.ts';
import { trueText } from '../messages/true-text.ts';
import type { MessageRow } from '../stores/message-store.ts';

/** Acts shown with a redelivery; a turn that did more is shown by its latest. */
const SHOWN = 50;

/** What earlier turns of the redelivered chain did, by the daemon's own knowledge, oldest first. */
export function listEarlierActs(tx: Tx, turn: number): Act[] {
  const acts = listEarlierTurns(tx.db, turn).flatMap((earlier) => [
    ...listMessagesOfTurn(tx.db, earlier).map(toAct),
    ...listActs(tx.db, earlier),
  ]);
  return acts.toSorted((a, b) => a.at - b.at).slice(-SHOWN);
}

function toAct(message: MessageRow): Act {
  const text = `"${excerpt(trueText(message.id, message), 120)}"`;
  const at = message.created_at;
  if (message.kind === 'ask')
    return { kind: 'ask', summary: `asked ${message.recipient} (ask ${message.ask_id}): ${text}`, at };
  if (message.kind === 'answer') return { kind: 'answer', summary: `answered ask ${message.ask_id}: ${text}`, at };
  return { kind: 'send', summary: `sent message ${message.id} to ${message.recipient}: ${text}`, at };
}
