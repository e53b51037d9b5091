import type { Database } from 'better-sqlite3';
import { findFact, putFact } from '../../db/index.ts';
import { IS_OF_AGENT, MESSAGE_COLUMNS } from './message-store.ts';
import type { MessageRow } from './message-store.ts';

const UP_TO = 'message_parties_up_to';

/** Messages whose parties are noted at a time; at most about so many are looked through when one asks for an agent's. */
export const PARTIES_BATCH = 4096;

/** Id up to which messages are found by their parties; what is newer is looked through. */
export function findPartiesUpTo(db: Database): number {
  return Number(findFact(db, UP_TO) ?? 0);
}

/** Remembers {@link findPartiesUpTo}. */
export function setPartiesUpTo(db: Database, id: number): void {
  putFact(db, UP_TO, String(id));
}

/** Parties of the messages that `where` selects: who sent them and who got them, a broadcast those to whom it was delivered. */
function partiesOf(where: string): string {
  return `SELECT sender AS party, id FROM messages WHERE ${where}
      UNION ALL SELECT recipient, id FROM messages WHERE recipient <> '*' AND recipient <> sender AND ${where}
      UNION ALL SELECT deliveries.recipient, messages.id
        FROM messages CROSS JOIN deliveries INDEXED BY deliveries_by_message ON message_id = messages.id
        WHERE messages.recipient = '*' AND messages.${where}`;
}

/** Notes the parties of messages with ids above `after` up to `upTo`: one list per party. */
export function insertParties(db: Database, after: number, upTo: number): void {
  db.prepare(
    `INSERT INTO message_parties (party, first_id, many, message_ids)
       SELECT party, min(id), count(*), json_group_array(id ORDER BY id) FROM (
         ${partiesOf('id BETWEEN @after + 1 AND @upTo')}
       ) GROUP BY party`,
  ).run({ after, upTo });
}

/** Messages that one agent sent or got before `before`, newest first, whether their parties are noted or not. */
export function listMessagesOf(db: Database, agent: string, before: number, max: number): MessageRow[] {
  return db
    .prepare<[{ agent: string; before: number; max: number; noted: number }], MessageRow>(
      `SELECT ${MESSAGE_COLUMNS} FROM messages WHERE id IN (
         SELECT id FROM (SELECT id FROM messages WHERE id > @noted AND id < @before
           AND ${IS_OF_AGENT} ORDER BY id DESC LIMIT @max)
         UNION SELECT id FROM (${NOTED})
       ) ORDER BY id DESC LIMIT @max`,
    )
    .all({ agent, before, max, noted: findPartiesUpTo(db) });
}

/**
 * Noted ids of `@agent`: the latest `@max` below `@before`. Lists are opened until they hold enough beside the first one, of which all ids may be newer;
 * none is longer than a batch.
 */
const NOTED = `SELECT value AS id FROM (
      SELECT message_ids, sum(many) OVER (ORDER BY first_id DESC) - many AS above FROM (
        SELECT first_id, many, message_ids FROM message_parties
        WHERE party = @agent AND first_id < @before ORDER BY first_id DESC LIMIT @max
      )
    ), json_each(message_ids) WHERE above < @max + ${PARTIES_BATCH} AND value < @before ORDER BY value DESC LIMIT @max`;

/** Lists of the parties of these messages, as they are noted. */
const LISTS_OF = `SELECT DISTINCT party, (
      SELECT max(first_id) FROM message_parties WHERE party = said.party AND first_id <= said.id
    ) AS first_id FROM (
      ${partiesOf('id IN (SELECT value FROM json_each(@ids))')}
    ) AS said`;

/** Takes messages that are about to be deleted out of the lists of their parties. */
export function deleteFromParties(db: Database, messages: readonly number[]): void {
  const ids = JSON.stringify(messages);
  db.prepare(
    `UPDATE message_parties SET (many, message_ids) = (
       SELECT count(*), json_group_array(value ORDER BY value) FROM json_each(message_ids)
       WHERE value NOT IN (SELECT value FROM json_each(@ids))
     ) WHERE (party, first_id) IN (${LISTS_OF})`,
  ).run({ ids });
  db.prepare(`DELETE FROM message_parties WHERE many = 0 AND (party, first_id) IN (${LISTS_OF})`).run({ ids });
}
