import type { Database } from '../../db/index.ts';
import { findMessage } from '../stores/message-store.ts';
import type { MessageRow } from '../stores/message-store.ts';
import { findCauseOf, listBetween } from '../stores/pair-store.ts';

/** Messages of a chain that are shown. */
const LENGTH = 10;

/** What led to a message, oldest first and with it: the replies before it, or what its pair last said to each other when it is hardly a reply. */
export function listChain(db: Database, id: number, [left, right]: [left: string, right: string]): MessageRow[] {
  const chain: MessageRow[] = [];
  let message = findMessage(db, id);
  while (message && chain.length < LENGTH) {
    chain.push(message);
    message = causeOf(db, message);
  }
  const shown = chain.length > 2 ? chain : listBetween(db, left, right, { upTo: id, max: LENGTH });
  return shown.toReversed();
}

/** The deepest message that the turn had taken in which this one was said, else the one it replies to. */
export function causeOf(db: Database, message: MessageRow): MessageRow | undefined {
  if (message.depth === 0) return undefined;
  const cause = message.turn_id === null ? undefined : findCauseOf(db, message.turn_id, message.depth - 1);
  const id = cause ?? (message.turn_id === null ? message.in_reply_to : null);
  return id === null || id >= message.id ? undefined : findMessage(db, id);
}
