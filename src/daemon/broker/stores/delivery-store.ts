import type { DeliveryState, MessageKind } from '#src/protocol/shapes.ts';
import { lastIdOf, rowInsert } from '../../db/index.ts';
import type { Database, LateInsert, LateTable, Tx } from '../../db/index.ts';
import { MESSAGES } from './message-store.ts';
import type { MessageRow } from './message-store.ts';

/** A delivery with all that its recipient is shown. */
export interface DeliveryRow {
  delivery: number;
  message: number;
  recipient: string;
  wakes: number;
  attempts: number;
  redelivered: number;
  not_before: number;
  /** What it died of before it was retried. */
  dead_reason: string | null;
  sender: string;
  /** `*` when it was sent to everybody. */
  addressed: string;
  kind: MessageKind;
  body: string;
  body_crc: number;
  in_reply_to: number | null;
  created_at: number;
  /** Replies before it, see `messages.depth`. */
  depth: number;
  ask: number | null;
  /** Of the ask, as all that follows; missing in a row of no ask that was remembered. */
  options?: string | null;
  ask_state?: string | null;
  answered_by?: string | null;
  issue_number?: number | null;
}

/** Longest text that is remembered of a message in a queue, bytes. */
const LONGEST_REMEMBERED = 2048;

/** A queued delivery as it is remembered: without a text that is too long for that, and without what changes of an ask. */
export type QueuedDelivery = Omit<DeliveryRow, 'body'> & { body: string | null };

const shown = (body: string): string =>
  `d.id AS delivery, m.id AS message, d.recipient, d.wakes, d.attempts, d.redelivered, d.not_before, d.dead_reason,
  m.sender, m.recipient AS addressed, m.kind, ${body} AS body, m.body_crc, m.in_reply_to, m.created_at, m.depth, m.ask_id AS ask`;
const SHOWN = `${shown('m.body')}, a.options, a.state AS ask_state, a.answered_by, a.issue_number`;
const REMEMBERED = shown(`iif(octet_length(m.body) <= ${LONGEST_REMEMBERED}, m.body, NULL)`);
const JOINED = 'JOIN messages m ON m.id = d.message_id LEFT JOIN asks a ON a.id = m.ask_id';

/**
 * The claim: which of some deliveries are queued, and all that their recipient is shown of them, in order. Which come first is known in memory (deliveries/backlogs.ts).
 * Here and elsewhere `+?` says that the plan does not depend on the value: SQLite plans a statement that sorts or limits by a bare `?` anew at every call.
 */
export function listQueued(db: Database, ids: readonly number[]): DeliveryRow[] {
  if (ids.length !== 1)
    return db
      .prepare<[string], DeliveryRow>(
        `SELECT ${SHOWN} FROM json_each(+?) q CROSS JOIN deliveries d NOT INDEXED ON d.id = q.value ${JOINED} WHERE d.state = 'queued'`,
      )
      .all(JSON.stringify(ids));
  return db
    .prepare<[number | undefined], DeliveryRow>(
      `SELECT ${SHOWN} FROM deliveries d NOT INDEXED ${JOINED} WHERE d.id = +? AND d.state = 'queued'`,
    )
    .all(ids[0]);
}

/** The same, to be remembered. */
export function listHead(db: Database, ids: readonly number[]): QueuedDelivery[] {
  return db
    .prepare<[string], QueuedDelivery>(
      `SELECT ${REMEMBERED} FROM json_each(+?) q CROSS JOIN deliveries d NOT INDEXED ON d.id = q.value
         JOIN messages m ON m.id = d.message_id WHERE d.state = 'queued'`,
    )
    .all(JSON.stringify(ids));
}

/** What {@link listHead} would find of a delivery of this message that was just queued. */
export function toQueued(
  delivery: Pick<DeliveryRow, 'delivery' | 'message' | 'recipient' | 'wakes'>,
  {
    sender,
    recipient: addressed,
    kind,
    body,
    body_crc,
    in_reply_to,
    created_at,
    depth,
    ask_id,
  }: Omit<MessageRow, 'id'>,
): QueuedDelivery {
  const isLong = body.length > LONGEST_REMEMBERED || Buffer.byteLength(body) > LONGEST_REMEMBERED;
  return {
    ...delivery,
    ...{ attempts: 0, redelivered: 0, not_before: 0, dead_reason: null },
    ...{ sender, addressed, kind, body: isLong ? null : body, body_crc, in_reply_to, created_at, depth },
    ask: ask_id,
  };
}

/** Deliveries leased to a turn, in order. */
export function listLeasedTo(db: Database, turn: number): DeliveryRow[] {
  return db
    .prepare<[number], DeliveryRow>(
      `SELECT ${SHOWN} FROM leases l INDEXED BY leases_by_turn JOIN deliveries d ON d.id = l.delivery_id ${JOINED}
       WHERE l.turn_id = +? AND l.ended_at IS NULL ORDER BY d.id`,
    )
    .all(turn);
}

/** Id of the latest delivery; 0 when there is none. */
export const findLastDelivery = lastIdOf('deliveries');

const DELIVERIES: LateTable = { findLastId: findLastDelivery, after: MESSAGES };
const QUEUED: LateInsert = {
  table: DELIVERIES,
  ...rowInsert(
    'INSERT INTO deliveries (id, message_id, recipient, state, wakes, changed_at)',
    "(?, ?, ?, 'queued', ?, ?)",
  ),
};

/** Stores a queued delivery, late; answers its id. */
export function insertDelivery(
  tx: Tx,
  row: { message_id: number; recipient: string; wakes: number; changed_at: number },
): number {
  return tx.insertLate(QUEUED, [row.message_id, row.recipient, row.wakes, row.changed_at]);
}

/** Stores a queued delivery that wakes for each of the messages with these ids, to whom it is addressed; in order. Answers the id of the last one, the others stand right before it. */
export function insertDeliveriesOf(db: Database, first: number, last: number): number {
  const { lastInsertRowid } = db
    .prepare(
      `INSERT INTO deliveries (message_id, recipient, state, wakes, changed_at)
     SELECT id, recipient, 'queued', 1, created_at FROM messages WHERE id BETWEEN ? AND ? ORDER BY id`,
    )
    .run(first, last);
  return Number(lastInsertRowid);
}

/** Notes that a lease ended without an ack, before the delivery moves on. Of what a delivery died of the latest stays, also when it is retried. */
export function countReturn(
  db: Database,
  row: { id: number; attempts: number; redelivered: number; notBefore: number; deadReason: string | null },
): void {
  db.prepare(
    `UPDATE deliveries SET attempts = attempts + @attempts, redelivered = redelivered + @redelivered,
       not_before = @notBefore, dead_reason = coalesce(@deadReason, dead_reason) WHERE id = @id`,
  ).run(row);
}

/**
 * Moves deliveries from one state to another; answers how many of them were in `from`. `OR FAIL`: otherwise SQLite copies every page that a statement of many rows
 * touches, to undo it alone; the caller undoes more than that.
 */
export function moveDeliveries(
  db: Database,
  { ids, from, to, at }: { ids: readonly number[]; from: DeliveryState; to: DeliveryState; at: number },
): number {
  const set = 'UPDATE OR FAIL deliveries NOT INDEXED SET state = ?, changed_at = ?';
  return ids.length === 1
    ? db.prepare(`${set} WHERE id = ? AND state = +?`).run(to, at, ids[0], from).changes
    : db
        .prepare(`${set} WHERE id IN (SELECT value FROM json_each(?)) AND state = +?`)
        .run(to, at, JSON.stringify(ids), from).changes;
}

/** A delivery by itself. */
export interface PlainDelivery {
  id: number;
  message_id: number;
  recipient: string;
  state: DeliveryState;
  attempts: number;
  /** What it died of last, also after a retry. */
  dead_reason: string | null;
}

/** A delivery by its id. */
export function findDelivery(db: Database, id: number): PlainDelivery | undefined {
  return db
    .prepare<[number], PlainDelivery>(
      'SELECT id, message_id, recipient, state, attempts, dead_reason FROM deliveries WHERE id = ?',
    )
    .get(id);
}

/** Whether a delivery wakes. */
export function isWaking(db: Database, id: number): boolean {
  return db.prepare<[number], { wakes: number }>('SELECT wakes FROM deliveries WHERE id = ?').get(id)?.wakes === 1;
}

/** Senders of some deliveries, who sent the first one first; at most 8. */
export function listSenders(db: Database, ids: readonly number[]): string[] {
  return db
    .prepare<[string], { sender: string }>(
      `SELECT m.sender FROM json_each(+?) q CROSS JOIN deliveries d NOT INDEXED ON d.id = q.value JOIN messages m ON m.id = d.message_id
       GROUP BY m.sender ORDER BY min(d.id) LIMIT 8`,
    )
    .all(JSON.stringify(ids))
    .map((row) => row.sender);
}

/** A delivery that is queued: for whom, and whether it wakes. */
export type QueuedRow = Pick<DeliveryRow, 'delivery' | 'recipient' | 'wakes'>;

/** What is queued for anybody, in order from above id `after`; `max` -1 = all. Walks an index that holds nothing else. */
export function listAllQueued(db: Database, after: number, max: number): QueuedRow[] {
  return db
    .prepare<[number, number], QueuedRow>(
      `SELECT id AS delivery, recipient, wakes FROM deliveries INDEXED BY deliveries_queue WHERE state = 'queued' AND id > +? ORDER BY id LIMIT +?`,
    )
    .all(after, max);
}

/** Everything that the loop breaker holds for a recipient, ids in order. */
export function listParkedIds(db: Database, recipient: string): number[] {
  return db
    .prepare<[string], { id: number }>(
      `SELECT id FROM deliveries INDEXED BY deliveries_parked WHERE recipient = ? AND state = 'parked' ORDER BY id`,
    )
    .all(recipient)
    .map((row) => row.id);
}

/** A delivery as the flow shows it. */
export interface FlowDeliveryRow {
  id: number;
  recipient: string;
  state: DeliveryState;
  attempts: number;
  changed_at: number;
  presented: number;
  dismissed: number;
}

/** The deliveries of one message, in order. */
export function listDeliveriesOf(db: Database, message: number): FlowDeliveryRow[] {
  return db
    .prepare<[number], FlowDeliveryRow>(
      `SELECT id, recipient, state, attempts, changed_at, EXISTS (
         SELECT 1 FROM leases WHERE delivery_id = deliveries.id AND presented_at IS NOT NULL
       ) AS presented, state = 'dead' AND dismissed_at > 0 AS dismissed FROM deliveries WHERE message_id = ? ORDER BY id`,
    )
    .all(message);
}

/** Whether a message was delivered to `recipient`. */
export function findDeliveryTo(db: Database, message: number, recipient: string): boolean {
  return (
    db
      .prepare<[number, string], { id: number }>('SELECT id FROM deliveries WHERE message_id = ? AND recipient = ?')
      .get(message, recipient) !== undefined
  );
}
