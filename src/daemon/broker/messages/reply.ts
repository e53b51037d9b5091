import type { Tx } from '../../db/index.ts';
import type { Sender } from '../api.ts';
import { findDeliveryTo } from '../stores/delivery-store.ts';
import { findMessage } from '../stores/message-store.ts';

/** What `in_reply_to` came to. */
export interface Reply {
  inReplyTo: number | null;
  ask: number | null;
  /** How deep that message is; null when there is none. */
  depth: number | null;
  /** Why it was ignored. */
  note: string | null;
}

const NONE: Reply = { inReplyTo: null, ask: null, depth: null, note: null };

/** Keeps a reference to a message that the sender wrote or got; anything else is ignored and said, never refused (DESIGN §6). */
export function resolveReply(tx: Tx, from: Sender, id: number | undefined): Reply {
  if (id === undefined) return NONE;
  const message = findMessage(tx.db, id);
  if (!message) return { ...NONE, note: `in_reply_to ${id} was ignored: there is no such message any more` };
  const mine = message.sender === from || from === 'operator' || findDeliveryTo(tx.db, id, from);
  if (!mine) return { ...NONE, note: `in_reply_to ${id} was ignored: you neither sent nor got that message` };
  return { inReplyTo: id, ask: message.ask_id, depth: message.depth, note: null };
}
