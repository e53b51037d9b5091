import type { DeliveryState, MessageKind } from '#src/protocol/shapes.ts';
import { lastIdOf, rowInsert } from '../../db/index.ts';
import type { Database, LateInsert, LateTable, Tx } from '../../db/index.ts';
import { MESSAGES } from './message-store.ts';

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
  options: string | null;
  ask_state: string | null;
  answered_by: string | null;
  issue_number: number | null;
}

const SHOWN = `d.id AS delivery, m.id AS message, d.recipient, d.wakes, d.attempts, d.redelivered, d.not_before, d.dead_reason,
  m.sender, m.recipient AS addressed, m.kind, m.body, m.body_crc, m.in_reply_to, m.created_at, m.depth,
  a.id AS ask, a.options, a.state AS ask_state, a.answered_by, a.issue_number`;
const JOINED = 'JOIN messages m ON m.id = d.message_id LEFT JOIN asks a ON a.id = m.ask_id';

/**
 * The claim: what waits for `recipient`, in order. The index is pinned: with another one that also begins with the recipient the planner
 * walks everything that was ever acked (134 times slower with 1,000 rows, FACTS/broker).
 * Here and elsewhere `+?` says that the plan does not depend on the value: SQLite plans a statement that sorts or limits by a bare `?` anew at every call.
 */
export const CLAIM_SQL = `SELECT ${SHOWN} FROM deliveries d INDEXED BY deliveries_queue ${JOINED}
  WHERE d.recipient = +? AND d.state = 'queued' ORDER BY d.id LIMIT +?`;

/** Oldest queued deliveries of a recipient. */
export function listQueued(db: Database, recipient: string, max: number): DeliveryRow[] {
  return db.prepare<[string, number], DeliveryRow>(CLAIM_SQL).all(recipient, max);
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

const DELIVERIES: LateTable = { findLastId: lastIdOf('deliveries'), after: MESSAGES };
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

/** Stores a queued delivery that wakes for each of the messages with these ids, to whom it is addressed; in order. */
export function insertDeliveriesOf(db: Database, first: number, last: number): void {
  db.prepare(
    `INSERT INTO deliveries (message_id, recipient, state, wakes, changed_at)
     SELECT id, recipient, 'queued', 1, created_at FROM messages WHERE id BETWEEN ? AND ? ORDER BY id`,
  ).run(first, last);
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
  const set = 'UPDATE OR FAIL deliveries SET state = ?, changed_at = ?';
  return ids.length === 1
    ? db.prepare(`${set} WHERE id = ? AND state = ?`).run(to, at, ids[0], from).changes
    : db
        .prepare(`${set} WHERE id IN (SELECT value FROM json_each(?)) AND state = ?`)
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

/** Whether something that wakes waits for a recipient. */
export function hasWaking(db: Database, recipient: string): boolean {
  return (
    db
      .prepare<[string], { id: number }>(
        `SELECT id FROM deliveries INDEXED BY deliveries_queue WHERE recipient = ? AND state = 'queued' AND wakes = 1 LIMIT 1`,
      )
      .get(recipient) !== undefined
  );
}

/** Waking mail newer than delivery `after`: how many, and from whom (each sender once, at most 8). */
export function countWakingSince(db: Database, recipient: string, after: number): { count: number; senders: string[] } {
  const rows = db
    .prepare<[string, number], { sender: string; many: number }>(
      `SELECT m.sender, count(*) AS many FROM deliveries d INDEXED BY deliveries_queue JOIN messages m ON m.id = d.message_id
       WHERE d.recipient = +? AND d.state = 'queued' AND d.wakes = 1 AND d.id > +? GROUP BY m.sender ORDER BY min(d.id)`,
    )
    .all(recipient, after);
  return {
    count: rows.reduce((sum, row) => sum + row.many, 0),
    senders: rows.slice(0, 8).map((row) => row.sender),
  };
}

/** A queued delivery: who sent it, and whether it failed before. */
export interface QueuedSender {
  delivery: number;
  from: string;
  attempts: number;
  not_before: number;
}

/** The next `max` deliveries that are queued for a recipient, in order. */
export function listQueuedSenders(db: Database, recipient: string, max: number): QueuedSender[] {
  return db
    .prepare<[string, number], QueuedSender>(
      `SELECT d.id AS delivery, m.sender AS "from", d.attempts, d.not_before FROM deliveries d INDEXED BY deliveries_queue JOIN messages m ON m.id = d.message_id
       WHERE d.recipient = +? AND d.state = 'queued' ORDER BY d.id LIMIT +?`,
    )
    .all(recipient, max);
}

/** Everything queued for a recipient, ids in order. */
export function listQueuedIds(db: Database, recipient: string): number[] {
  return db
    .prepare<[string], { id: number }>(
      `SELECT id FROM deliveries INDEXED BY deliveries_queue WHERE recipient = ? AND state = 'queued' ORDER BY id`,
    )
    .all(recipient)
    .map((row) => row.id);
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

/** Deliveries that wait for one recipient. */
export function countQueued(db: Database, recipient: string): number {
  return (
    db
      .prepare<[string], { many: number }>(
        `SELECT count(*) AS many FROM deliveries INDEXED BY deliveries_queue WHERE recipient = ? AND state = 'queued'`,
      )
      .get(recipient)?.many ?? 0
  );
}

/** Queued deliveries of all agents, unread ones of the operator, dead ones that are not dismissed. */
export function countTotals(db: Database): { queued: number; unread: number; dead: number } {
  return (
    db
      .prepare<[], { queued: number; unread: number; dead: number }>(
        `SELECT
           (SELECT count(*) FROM deliveries INDEXED BY deliveries_queue WHERE state = 'queued' AND recipient <> 'operator') AS queued,
           (SELECT count(*) FROM deliveries INDEXED BY deliveries_queue WHERE state = 'queued' AND recipient = 'operator') AS unread,
           (SELECT count(*) FROM deliveries INDEXED BY deliveries_dead WHERE state = 'dead' AND dismissed_at = 0) AS dead`,
      )
      .get() ?? { queued: 0, unread: 0, dead: 0 }
  );
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
