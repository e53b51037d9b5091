import { crc32 } from 'node:zlib';
import type { Database } from 'better-sqlite3';
import type { DueMessage } from '../api.ts';
import { insertRows } from '../../db/index.ts';
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

/** Stores a message; answers its id. Values by position, and only those that there are: names cost a quarter of the insert, three times NULL a fifth. */
export function insertMessage(db: Database, row: Omit<MessageRow, 'id' | 'body_crc'>): number {
  if (row.in_reply_to === null && row.ask_id === null && row.turn_id === null) return insertPlain(db, row);
  const { lastInsertRowid } = db
    .prepare(
      `INSERT INTO messages (sender, recipient, kind, body, in_reply_to, ask_id, turn_id, created_at, depth, body_crc)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      row.sender,
      row.recipient,
      row.kind,
      row.body,
      row.in_reply_to,
      row.ask_id,
      row.turn_id,
      row.created_at,
      row.depth,
      crc32(row.body),
    );
  return Number(lastInsertRowid);
}

function insertPlain(db: Database, row: Omit<MessageRow, 'id' | 'body_crc'>): number {
  const { lastInsertRowid } = db
    .prepare(
      `INSERT INTO messages (sender, recipient, kind, body, created_at, depth, body_crc)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(row.sender, row.recipient, row.kind, row.body, row.created_at, row.depth, crc32(row.body));
  return Number(lastInsertRowid);
}

/** Stores fired reminders in order; answers the id of the last one, the others stand right before it. */
export function insertReminderMessages(db: Database, due: readonly DueMessage[], at: number): number {
  return insertRows(
    db,
    'INSERT INTO messages (sender, recipient, kind, body, created_at, depth, body_crc)',
    due.map(({ from, to, body, depth }) => [from, to, 'reminder', body, at, depth, crc32(body)]),
  );
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
