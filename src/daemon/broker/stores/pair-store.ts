import type { Database } from 'better-sqlite3';
import { MESSAGE_COLUMNS } from './message-store.ts';
import type { MessageRow } from './message-store.ts';

/** Two parties whose messages are held, `left` < `right`. */
export interface PairRow {
  id: number;
  left: string;
  right: string;
  reason: string;
  /** 1 = all that the two say to each other is held, 0 = only what belongs to a chain that is too long. */
  whole: number;
  message: number;
  at: number;
}

const PAIR = 'id, left_name AS "left", right_name AS "right", reason, whole, message_id AS message, parked_at AS at';
/** Messages that are looked through for what two parties said to each other. */
const LOOK_BACK = 2000;
/** More held messages than this are not counted. */
const COUNT_UP_TO = 1000;

/** Parks a pair; answers its number. */
export function insertPair(db: Database, row: Omit<PairRow, 'id'>): number {
  const { lastInsertRowid } = db
    .prepare(
      `INSERT INTO parked_pairs (left_name, right_name, reason, whole, message_id, parked_at)
       VALUES (@left, @right, @reason, @whole, @message, @at)`,
    )
    .run(row);
  return Number(lastInsertRowid);
}

/** From now on all that a parked pair says is held. */
export function makeWhole(db: Database, row: Pick<PairRow, 'id' | 'reason' | 'message'>): void {
  db.prepare('UPDATE parked_pairs SET whole = 1, reason = @reason, message_id = @message WHERE id = @id').run(row);
}

/** The pair, if it is parked now. */
export function findParkedPair(db: Database, left: string, right: string): PairRow | undefined {
  return db
    .prepare<[string, string], PairRow>(
      `SELECT ${PAIR} FROM parked_pairs INDEXED BY parked_pairs_now
       WHERE left_name = ? AND right_name = ? AND released_at IS NULL`,
    )
    .get(left, right);
}

/** A parked pair by its number; undefined when it is none (any more). */
export function findPair(db: Database, id: number): PairRow | undefined {
  return db.prepare<[number], PairRow>(`SELECT ${PAIR} FROM parked_pairs WHERE id = ? AND released_at IS NULL`).get(id);
}

/** Pairs that are parked now, newest first. */
export function listParkedPairs(db: Database): PairRow[] {
  return db
    .prepare<[], PairRow>(
      `SELECT ${PAIR} FROM parked_pairs INDEXED BY parked_pairs_now WHERE released_at IS NULL ORDER BY id DESC`,
    )
    .all();
}

/** Ends the parking of a pair. */
export function setReleased(db: Database, id: number, at: number): void {
  db.prepare('UPDATE parked_pairs SET released_at = ? WHERE id = ?').run(at, id);
}

/** Forgets released pairs whose message is forgotten. */
export function deleteReleasedPairs(db: Database, messages: readonly number[]): void {
  db.prepare(
    `DELETE FROM parked_pairs WHERE released_at IS NOT NULL AND message_id IN (SELECT value FROM json_each(?))`,
  ).run(JSON.stringify(messages));
}

const HELD = `FROM deliveries d INDEXED BY deliveries_parked JOIN messages m ON m.id = d.message_id
  WHERE d.state = 'parked' AND d.recipient IN (@left, @right) AND m.sender IN (@left, @right) AND m.sender <> d.recipient`;

/** Deliveries that are held within a pair, in order. */
export function listHeld(
  db: Database,
  { left, right }: PairRow,
  max: number,
): { delivery: number; message: number; recipient: string }[] {
  return db
    .prepare<[{ left: string; right: string; max: number }], { delivery: number; message: number; recipient: string }>(
      `SELECT d.id AS delivery, d.message_id AS message, d.recipient ${HELD} ORDER BY d.id LIMIT @max`,
    )
    .all({ left, right, max });
}

/** How many are held, a thousand at most. */
export function countHeld(db: Database, { left, right }: PairRow): number {
  return (
    db
      .prepare<[{ left: string; right: string; max: number }], { many: number }>(
        `SELECT count(*) AS many FROM (SELECT 1 ${HELD} LIMIT @max)`,
      )
      .get({ left, right, max: COUNT_UP_TO })?.many ?? 0
  );
}

/** A message of this depth that a turn took: the newest. */
export function findCauseOf(db: Database, turn: number, depth: number): number | undefined {
  return db
    .prepare<[number, number], { id: number }>(
      `SELECT m.id FROM leases l INDEXED BY leases_by_turn JOIN deliveries d ON d.id = l.delivery_id
         JOIN messages m ON m.id = d.message_id
       WHERE l.turn_id = ? AND m.depth = ? ORDER BY m.id DESC LIMIT 1`,
    )
    .get(turn, depth)?.id;
}

/** What two parties lately said to each other up to a message, newest first. */
export function listBetween(
  db: Database,
  left: string,
  right: string,
  { upTo, max }: { upTo: number; max: number },
): MessageRow[] {
  return db
    .prepare<[{ left: string; right: string; upTo: number; max: number; look: number }], MessageRow>(
      `SELECT ${MESSAGE_COLUMNS} FROM (SELECT * FROM messages WHERE id <= @upTo ORDER BY id DESC LIMIT @look)
       WHERE (sender = @left AND recipient IN (@right, '*')) OR (sender = @right AND recipient IN (@left, '*'))
       ORDER BY id DESC LIMIT @max`,
    )
    .all({ left, right, upTo, max, look: LOOK_BACK });
}

/** What was said counts as the beginning of a chain from now on. */
export function resetDepths(db: Database, messages: readonly number[]): void {
  db.prepare('UPDATE messages SET depth = 0 WHERE id IN (SELECT value FROM json_each(?)) AND depth > 0').run(
    JSON.stringify(messages),
  );
}

/** The same for what is `queued` for the two within the pair, for what reminds the two or tells them of it, and for the turns that both are in. */
export function resetPairDepths(db: Database, { left, right }: PairRow, queued: readonly number[]): void {
  const names = { left, right };
  db.prepare(
    `UPDATE messages SET depth = 0 WHERE depth > 0 AND id IN (
       SELECT m.id FROM json_each(@queued) q CROSS JOIN deliveries d NOT INDEXED ON d.id = q.value JOIN messages m ON m.id = d.message_id
       WHERE m.sender IN (@left, @right, 'system'))`,
  ).run({ ...names, queued: JSON.stringify(queued) });
  db.prepare(
    `UPDATE reminders INDEXED BY reminders_pending SET depth = 0
     WHERE state = 'pending' AND depth > 0 AND agent IN (@left, @right) AND set_by IN (@left, @right)`,
  ).run(names);
  db.prepare(
    `UPDATE turns INDEXED BY turns_running SET depth = min(depth, 0) WHERE agent IN (@left, @right) AND ended_at IS NULL`,
  ).run(names);
}
