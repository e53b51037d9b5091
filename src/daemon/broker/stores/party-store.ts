import type { Database } from 'better-sqlite3';
import { MESSAGE_COLUMNS } from './message-store.ts';
import type { MessageRow } from './message-store.ts';

/** Id up to which messages are found by their parties; what is newer is looked through. */
export function findPartiesUpTo(db: Database): number {
  const row = db.prepare<[], { value: string }>(`SELECT value FROM facts WHERE name = 'message_parties_up_to'`).get();
  return Number(row?.value ?? 0);
}

export function setPartiesUpTo(db: Database, id: number): void {
  db.prepare(
    `INSERT INTO facts (name, value) VALUES ('message_parties_up_to', ?)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
  ).run(String(id));
}

/** Notes the parties of messages with ids above `after` up to `upTo`, in the order of the table. */
export function insertParties(db: Database, after: number, upTo: number): void {
  db.prepare(
    `INSERT OR IGNORE INTO message_parties (party, message_id)
       SELECT sender, id FROM messages WHERE id > @after AND id <= @upTo
       UNION SELECT recipient, id FROM messages WHERE id > @after AND id <= @upTo ORDER BY 1, 2`,
  ).run({ after, upTo });
}

/** Id of the latest message; 0 when there is none. */
export function findLastMessage(db: Database): number {
  return db.prepare<[], { id: number }>('SELECT coalesce(max(id), 0) AS id FROM messages').get()?.id ?? 0;
}

/** Messages from, to or past (broadcast) one agent before `before`, newest first, whether their parties are noted or not. */
export function listMessagesOf(db: Database, agent: string, before: number, max: number): MessageRow[] {
  return db
    .prepare<[{ agent: string; before: number; max: number; noted: number }], MessageRow>(
      `SELECT ${MESSAGE_COLUMNS} FROM messages WHERE id IN (
         SELECT id FROM (SELECT id FROM messages WHERE id > @noted AND id < @before
           AND (sender = @agent OR recipient IN (@agent, '*')) ORDER BY id DESC LIMIT @max)
         UNION SELECT message_id FROM (SELECT message_id FROM message_parties
           WHERE party = @agent AND message_id < @before ORDER BY message_id DESC LIMIT @max)
         UNION SELECT message_id FROM (SELECT message_id FROM message_parties
           WHERE party = '*' AND message_id < @before ORDER BY message_id DESC LIMIT @max)
       ) ORDER BY id DESC LIMIT @max`,
    )
    .all({ agent, before, max, noted: findPartiesUpTo(db) });
}
