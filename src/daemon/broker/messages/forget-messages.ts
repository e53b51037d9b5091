import type { Tx } from '../../db/index.ts';
import { deleteReleasedPairs } from '../stores/pair-store.ts';
import { deleteFromParties } from '../stores/party-store.ts';
import { deleteWords } from '../stores/word-store.ts';

/** Forgets what is kept beside messages that are about to be deleted: their words, their
 * place in the lists of their parties, and pairs that were parked because of them and are released. */
export function forgetMessages(tx: Tx, messages: readonly number[]): void {
  deleteWords(tx.db, messages);
  deleteFromParties(tx.db, messages);
  deleteReleasedPairs(tx.db, messages);
}
