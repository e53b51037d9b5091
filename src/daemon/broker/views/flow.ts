import { shorten } from '#src/lib/shorten.ts';
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
/** Messages of one thread that are shown whole. */
const THREAD_MESSAGES = 500;

/** What of all that was said is meant. */
export interface Flow {
  agent?: string | undefined;
  /** Number of an ask. */
  thread?: number | undefined;
  before?: number | undefined;
  max: number;
  /** The agent that looks: of what others sent it is shown its own delivery. */
  reader?: string | undefined;
}

/** Some messages, newest first; `more` = there may be earlier ones. */
export interface Page {
  messages: FlowMessage[];
  more: boolean;
}

/** What was said, newest first, long bodies cut; ends early rather than outgrow a frame, and `before` goes on from there. */
export function listFlow(db: Database, flow: Flow): Page {
  return toPage(db, rowsOf(db, { ...flow, max: flow.max + 1 }), flow);
}

/** As many of the rows as an answer may have and hold, long bodies cut; `rows` has one more than `max` when there are more. */
export function toPage(db: Database, rows: MessageRow[], { max, reader }: Pick<Flow, 'max' | 'reader'>): Page {
  const messages = fitting(db, rows.slice(0, max), reader);
  return { messages, more: messages.length < rows.length };
}

function rowsOf(db: Database, { agent, thread, before = Number.MAX_SAFE_INTEGER, max }: Flow): MessageRow[] {
  if (thread !== undefined) return listMessagesOfAsk(db, thread, { agent, before, max });
  return agent === undefined ? listMessages(db, before, max) : listMessagesOf(db, agent, before, max);
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

/** As many of the rows as fit into an answer, long bodies cut. */
function fitting(db: Database, rows: MessageRow[], reader?: string): FlowMessage[] {
  const cut = rows.map(asStored).map((row) => ({ ...row, body: shorten(row.body, LIST_CHARACTERS) }));
  return whole(db, cut, reader);
}

function whole(db: Database, rows: MessageRow[], reader?: string): FlowMessage[] {
  const shown: FlowMessage[] = [];
  let bytes = 0;
  for (const row of rows) {
    bytes += Buffer.byteLength(JSON.stringify(row.body));
    if (bytes > ANSWER_BYTES && shown.length > 0) break;
    shown.push(toFlowMessage(db, row, reader));
  }
  return shown;
}

function toFlowMessage(db: Database, row: MessageRow, reader: string | undefined): FlowMessage {
  const isShown = ({ recipient }: { recipient: string }): boolean =>
    reader === undefined || reader === row.sender || reader === recipient;
  const deliveries = listDeliveriesOf(db, row.id).filter(isShown);
  return {
    id: row.id,
    from: row.sender,
    to: row.recipient,
    kind: row.kind,
    body: row.body,
    sent_at: row.created_at,
    in_reply_to: row.in_reply_to,
    ask: row.ask_id,
    deliveries: deliveries.map((delivery) => ({
      ...delivery,
      presented: delivery.presented === 1,
      dismissed: delivery.dismissed === 1,
    })),
  };
}
