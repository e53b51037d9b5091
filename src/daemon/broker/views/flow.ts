import type { FlowMessage } from '#src/protocol/shapes.ts';
import type { Database } from '../../db/index.ts';
import { trueText } from '../messages/true-text.ts';
import { listDeadMessages } from '../stores/dead-store.ts';
import { listDeliveriesOf } from '../stores/delivery-store.ts';
import { findMessage, listMessages, listMessagesOfAsk } from '../stores/message-store.ts';
import type { MessageRow } from '../stores/message-store.ts';
import { listMessagesOf } from '../stores/party-store.ts';

/** Characters of a body shown in lists. */
const LIST_CHARACTERS = 2000;
/** Bytes of bodies in one answer, as JSON: a frame must hold it beside everything else. */
const ANSWER_BYTES = 384 * 1024;
/** Messages of one thread that are looked at. */
const THREAD_MESSAGES = 500;

/** What of all that was said is meant. */
export interface Flow {
  agent?: string | undefined;
  /** Number of an ask. */
  thread?: number | undefined;
  before?: number | undefined;
  max: number;
}

/** What was said, newest first, long bodies cut; ends early rather than outgrow a frame, and `before` goes on from there. */
export function listFlow(db: Database, flow: Flow): FlowMessage[] {
  return fitting(db, rowsOf(db, flow));
}

function rowsOf(db: Database, { agent, thread, before = Number.MAX_SAFE_INTEGER, max }: Flow): MessageRow[] {
  if (thread !== undefined) return rowsOfThread(db, thread, { agent, before, max });
  return agent === undefined ? listMessages(db, before, max) : listMessagesOf(db, agent, before, max);
}

function rowsOfThread(db: Database, thread: number, { agent, before, max }: Omit<Flow, 'thread'>): MessageRow[] {
  const rows = listMessagesOfAsk(db, thread, { max: THREAD_MESSAGES, before });
  const meant = rows.filter((row) => agent === undefined || row.sender === agent || row.recipient === agent);
  return meant.slice(0, max);
}

/** Messages with dead deliveries, newest first. */
export function listDead(db: Database, max: number): FlowMessage[] {
  const rows = listDeadMessages(db, max).flatMap((id) => findMessage(db, id) ?? []);
  return fitting(db, rows);
}

/** What was said in a thread, whole bodies, oldest first; a very long thread shows its end. */
export function listThread(db: Database, ask: number): FlowMessage[] {
  return whole(db, listMessagesOfAsk(db, ask, { max: THREAD_MESSAGES }).map(asStored)).toReversed();
}

function asStored(row: MessageRow): MessageRow {
  return { ...row, body: trueText(row.id, row) };
}

function shorten(row: MessageRow): MessageRow {
  if (row.body.length <= LIST_CHARACTERS) return row;
  return {
    ...row,
    body: `${row.body.slice(0, LIST_CHARACTERS)}… (${row.body.length - LIST_CHARACTERS} more characters)`,
  };
}

/** As many of the rows as fit into an answer, long bodies cut. */
export function fitting(db: Database, rows: MessageRow[]): FlowMessage[] {
  return whole(db, rows.map(asStored).map(shorten));
}

function whole(db: Database, rows: MessageRow[]): FlowMessage[] {
  const shown: FlowMessage[] = [];
  let bytes = 0;
  for (const row of rows) {
    bytes += Buffer.byteLength(JSON.stringify(row.body));
    if (bytes > ANSWER_BYTES && shown.length > 0) break;
    shown.push(toFlowMessage(db, row));
  }
  return shown;
}

function toFlowMessage(db: Database, row: MessageRow): FlowMessage {
  const deliveries = listDeliveriesOf(db, row.id);
  return {
    id: row.id,
    from: row.sender,
    to: row.recipient,
    kind: row.kind,
    body: row.body,
    sent_at: row.created_at,
    in_reply_to: row.in_reply_to,
    ask: row.ask_id,
    deliveries: deliveries.map((delivery) => ({ ...delivery, presented: delivery.presented === 1 })),
  };
}
