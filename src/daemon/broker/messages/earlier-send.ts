import type { Tx } from '../../db/index.ts';
import { listEarlierTurns } from '../stores/lease-store.ts';
import { listMessagesOfTurn } from '../stores/message-store.ts';
import type { MessageRow } from '../stores/message-store.ts';

/** What an earlier turn of the redelivered chain already said to the same recipient in the same words (DESIGN §6). */
export function findEarlierSend(
  tx: Tx,
  turn: number | null,
  said: { kind: 'message' | 'ask'; to: string; body: string },
): MessageRow | undefined {
  if (turn === null) return undefined;
  for (const earlier of listEarlierTurns(tx.beside, turn)) {
    const same = listMessagesOfTurn(tx.db, earlier).find(
      (message) => message.kind === said.kind && message.recipient === said.to && message.body === said.body,
    );
    if (same) return same;
  }
  return undefined;
}
