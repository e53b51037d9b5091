import { crc32 } from 'node:zlib';
import type { DueMessage } from '../api.ts';
import { insertRows, lastIdOf, rowInsert } from '../../db/index.ts';
import type { Database, LateInsert, LateTable, Tx } from '../../db/index.ts';
import type { MessageKind } from '#src/protocol/shapes.ts';

/** A message as stored. */
export interface MessageRow {
  id: number;
  sender: string;
  /** As addressed: an agent, `operator` or `*`. */
  recipient: string;
  kind: MessageKind;
  body: string;
  in_reply_to: number | null;
  ask_id: number | null;
  turn_id: number | null;
  created_at: number;
  /** Replies before it since a person or the forge spoke. */
  depth: number;
  /** CRC-32 of the text as it was stored (messages/true-text.ts). */
  body_crc: number;
}

/** Columns of a {@link MessageRow}. */
export const MESSAGE_COLUMNS =
  'id, sender, recipient, kind, body, in_reply_to, ask_id, turn_id, created_at, depth, body_crc';

/** Whether `@agent` sent or got a row of `messages`: a broadcast reaches those who were there and whom its sender may write to. */
export const IS_OF_AGENT = `(sender = @agent OR recipient = @agent OR (recipient = '*' AND EXISTS (
    SELECT 1 FROM deliveries INDEXED BY deliveries_by_message WHERE message_id = messages.id AND deliveries.recipient = @agent
  )))`;

/** Id of the latest message; 0 when there is none. */
export const findLastMessage = lastIdOf('messages');

/** Messages are inserted late, before what names them. */
export const MESSAGES: LateTable = { findLastId: findLastMessage };

const COLUMNS = 'id, sender, recipient, kind, body, created_at, depth, body_crc';
const PLAIN: LateInsert = {
  table: MESSAGES,
  ...rowInsert(`INSERT INTO messages (${COLUMNS})`, '(?, ?, ?, ?, ?, ?, ?, ?)'),
};
const REFERRING: LateInsert = {
  table: MESSAGES,
  ...rowInsert(`INSERT INTO messages (${COLUMNS}, in_reply_to, ask_id, turn_id)`, '(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
};

/** Stores a message, late; answers its id. Only the values that there are: three times NULL cost a fifth of an insert. */
export function insertMessage(tx: Tx, row: Omit<MessageRow, 'id'>): number {
  const { sender, recipient, kind, body, body_crc, created_at, depth, in_reply_to, ask_id, turn_id } = row;
  const values = [sender, recipient, kind, body, created_at, depth, body_crc];
  if (in_reply_to === null && ask_id === null && turn_id === null) return tx.insertLate(PLAIN, values);
  return tx.insertLate(REFERRING, [...values, in_reply_to, ask_id, turn_id]);
}

const REMINDERS = rowInsert(
  'INSERT INTO messages (sender, recipient, kind, body, created_at, depth, body_crc)',
  "(?, ?, 'reminder', ?, ?, ?, ?)",
);

/** Stores fired reminders in order; answers the id of the last one, the others stand right before it. */
export function insertReminderMessages(db: Database, due: readonly DueMessage[], at: number): number {
  return insertRows(
    db,
    REMINDERS,
    due.flatMap(({ from, to, body, depth }) => [from, to, body, at, depth, crc32(body)]),
  );
}

/** A fired reminder as its row is. */
export function asMessage({ from, to, body, depth }: DueMessage, at: number): Omit<MessageRow, 'id'> {
  const plain = { in_reply_to: null, ask_id: null, turn_id: null };
  return {
    ...plain,
    sender: from,
    recipient: to,
    kind: 'reminder',
    body,
    created_at: at,
    depth,
    body_crc: crc32(body),
  };
}

/** A message by its id. */
export function findMessage(db: Database, id: number): MessageRow | undefined {
  return db.prepare<[number], MessageRow>(`SELECT ${MESSAGE_COLUMNS} FROM messages WHERE id = ?`).get(id);
}

/** The message that asked: the first of its thread. */
export function findAskMessage(db: Database, ask: number): number | null {
  return (
    db.prepare<[number], { id: number }>('SELECT id FROM messages WHERE ask_id = ? ORDER BY id LIMIT 1').get(ask)?.id ??
    null
  );
}

/** How deep the message is that asked. */
export function depthOfAsk(db: Database, ask: number): number {
  return (
    db.prepare<[number], { depth: number }>('SELECT depth FROM messages WHERE ask_id = ? ORDER BY id LIMIT 1').get(ask)
      ?.depth ?? 0
  );
}

/** Of these deliveries the ones in which the hive itself tells of one of these messages. */
export function listReports(
  db: Database,
  messages: readonly number[],
  deliveries: readonly number[],
): { delivery: number; message: number }[] {
  return db
    .prepare<[{ messages: string; deliveries: string }], { delivery: number; message: number }>(
      `SELECT d.id AS delivery, m.id AS message FROM json_each(@deliveries) q
         CROSS JOIN deliveries d NOT INDEXED ON d.id = q.value JOIN messages m ON m.id = d.message_id
       WHERE m.sender = 'system' AND m.in_reply_to IN (SELECT value FROM json_each(@messages)) ORDER BY d.id`,
    )
    .all({ messages: JSON.stringify(messages), deliveries: JSON.stringify(deliveries) });
}

/** What a turn said, oldest first. */
export function listMessagesOfTurn(db: Database, turn: number): MessageRow[] {
  return db
    .prepare<[number], MessageRow>(`SELECT ${MESSAGE_COLUMNS} FROM messages WHERE turn_id = ? ORDER BY id`)
    .all(turn);
}

/** The latest `max` messages of a thread before `before`, newest first; of those only what `agent` sent or got. */
export function listMessagesOfAsk(
  db: Database,
  ask: number,
  {
    agent,
    before = Number.MAX_SAFE_INTEGER,
    max,
  }: { agent?: string | undefined; before?: number | undefined; max: number },
): MessageRow[] {
  const meant = agent === undefined ? '' : `AND ${IS_OF_AGENT}`;
  return db
    .prepare<[{ ask: number; agent: string | undefined; before: number; max: number }], MessageRow>(
      `SELECT ${MESSAGE_COLUMNS} FROM messages WHERE ask_id = @ask AND id < @before ${meant} ORDER BY id DESC LIMIT @max`,
    )
    .all({ ask, agent, before, max });
}

/** Messages before `before`, newest first. */
export function listMessages(db: Database, before: number, max: number): MessageRow[] {
  return db
    .prepare<[number, number], MessageRow>(
      `SELECT ${MESSAGE_COLUMNS} FROM messages WHERE id < ? ORDER BY id DESC LIMIT ?`,
    )
    .all(before, max);
}

/** Whether the same words are in a thread already. */
export function wasSaid(db: Database, ask: number, body: string): boolean {
  return (
    db
      .prepare<[number, string], { id: number }>('SELECT id FROM messages WHERE ask_id = ? AND body = ?')
      .get(ask, body) !== undefined
  );
}
