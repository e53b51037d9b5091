import type { Database } from 'better-sqlite3';
import { findFact, putFact } from '../../db/index.ts';
import { MESSAGE_COLUMNS } from './message-store.ts';
import type { MessageRow } from './message-store.ts';

const UP_TO = 'message_words_up_to';

/** How a message to everybody is found: no agent can have that name. */
export const EVERYBODY = 'all';

/** Id up to which messages are found by their words; what is newer is read. */
export function findWordsUpTo(db: Database): number {
  return Number(findFact(db, UP_TO) ?? 0);
}

/** Remembers {@link findWordsUpTo}. */
export function setWordsUpTo(db: Database, id: number): void {
  putFact(db, UP_TO, String(id));
}

/** Messages with an id above `after`, oldest first, one by one. */
export function eachMessageAfter(db: Database, after: number): IterableIterator<MessageRow> {
  return db
    .prepare<[number], MessageRow>(`SELECT ${MESSAGE_COLUMNS} FROM messages WHERE id > ? ORDER BY id`)
    .iterate(after);
}

/** Messages with ids between, newest first, one by one. */
export function eachMessageBetween(db: Database, after: number, before: number): IterableIterator<MessageRow> {
  return db
    .prepare<[number, number], MessageRow>(
      `SELECT ${MESSAGE_COLUMNS} FROM messages WHERE id > ? AND id < ? ORDER BY id DESC`,
    )
    .iterate(after, before);
}

/** Makes a message findable by its words: `body` as the index gets it. */
export function insertWords(db: Database, row: Pick<MessageRow, 'id' | 'sender' | 'recipient' | 'body'>): void {
  const parties = `${row.sender} ${row.recipient === '*' ? EVERYBODY : row.recipient}`;
  db.prepare('INSERT INTO message_words (rowid, body, parties) VALUES (?, ?, ?)').run(row.id, row.body, parties);
}

/** Messages before `before` that match a query of FTS5, newest first, one by one. */
export function eachMatch(db: Database, query: string, before: number): IterableIterator<MessageRow> {
  const columns = MESSAGE_COLUMNS.split(', ').map((column) => `m.${column}`);
  return db
    .prepare<[string, number], MessageRow>(
      `SELECT ${columns.join(', ')} FROM message_words w CROSS JOIN messages m ON m.id = w.rowid
       WHERE message_words MATCH ? AND w.rowid < ? ORDER BY w.rowid DESC`,
    )
    .iterate(query, before);
}

/** Messages are about to be deleted: their words go first. */
export function deleteWords(db: Database, messages: readonly number[]): void {
  db.prepare('DELETE FROM message_words WHERE rowid IN (SELECT value FROM json_each(?))').run(JSON.stringify(messages));
}
