import { lastIdOf, rowInsert } from '../../db/index.ts';
import type { Database, LateChange, LateInsert, LateTable, Tx } from '../../db/index.ts';
import { TURNS } from './turn-store.ts';

/** How a lease ends: only `failed` counts as an attempt; `interrupted` may have been seen; `returned` was not shown. */
export type LeaseOutcome = 'acked' | 'failed' | 'interrupted' | 'returned';

/** A lease that has not ended, with what its end depends on. */
export interface OpenLease {
  id: number;
  delivery: number;
  presented: boolean;
  message: number;
  recipient: string;
  /** Of the delivery, as all that follows. */
  attempts: number;
  dead_reason: string | null;
}

const LEASES: LateTable = { findLastId: lastIdOf('leases'), after: TURNS };
const OPEN: LateInsert = {
  table: LEASES,
  ...rowInsert('INSERT INTO leases (id, delivery_id, session_id, turn_id, leased_at)', '(?, ?, ?, ?, ?)'),
};

/** Opens a lease, late; answers its id. */
export function insertLease(tx: Tx, row: { delivery: number; session: number; turn: number; at: number }): number {
  return tx.insertLate(OPEN, [row.delivery, row.session, row.turn, row.at]);
}

/** Open leases of a turn, in order of their deliveries. */
export function listOpenLeases(db: Database, turn: number): OpenLease[] {
  return db
    .prepare<[number], Omit<OpenLease, 'presented'> & { presented: number }>(
      `SELECT l.id, l.delivery_id AS delivery, l.presented_at IS NOT NULL AS presented, d.message_id AS message, d.recipient, d.attempts, d.dead_reason
       FROM leases l INDEXED BY leases_by_turn JOIN deliveries d ON d.id = l.delivery_id
       WHERE l.turn_id = +? AND l.ended_at IS NULL ORDER BY l.delivery_id`,
    )
    .all(turn)
    .map((row) => ({ ...row, presented: row.presented === 1 }));
}

/** Notes that what thinks got it; false when the turn holds no open lease of this delivery. */
export function markPresented(db: Database, row: { delivery: number; turn: number; at: number }): boolean {
  return (
    db
      .prepare(
        `UPDATE leases SET presented_at = coalesce(presented_at, @at)
         WHERE delivery_id = @delivery AND turn_id = @turn AND ended_at IS NULL`,
      )
      .run(row).changes === 1
  );
}

const ACK: LateChange<number> = {
  make(db, rows, now) {
    db.prepare(
      `UPDATE OR FAIL leases SET presented_at = coalesce(presented_at, ?), ended_at = ?, outcome = 'acked'
       WHERE id IN (SELECT value FROM json_each(?))`,
    ).run(now, now, JSON.stringify(rows));
  },
};

/** Ends a lease, late when it is acked; that it was `presented` is noted when it was not before. */
export function closeLease(
  tx: Tx,
  { id, outcome, presented }: { id: number; outcome: LeaseOutcome; presented: boolean },
): void {
  if (outcome === 'acked' && presented) return tx.changeLate(ACK, id);
  tx.db
    .prepare('UPDATE leases SET presented_at = coalesce(presented_at, ?), ended_at = ?, outcome = ? WHERE id = ?')
    .run(presented ? tx.now : null, tx.now, outcome, id);
}

/** What became of a lease; null = it is open. */
export interface EndedLease {
  delivery: number;
  outcome: LeaseOutcome | null;
}

/** Every lease of a turn, with whether it is still the latest of its delivery. */
export function listLeasesOfTurn(
  db: Database,
  turn: number,
): { id: number; delivery: number; presented: boolean; outcome: LeaseOutcome | null; latest: boolean }[] {
  return db
    .prepare<[number], { id: number; delivery: number; presented: number; outcome: LeaseOutcome; latest: number }>(
      `SELECT id, delivery_id AS delivery, presented_at IS NOT NULL AS presented, outcome, NOT EXISTS (
         SELECT 1 FROM leases later WHERE later.delivery_id = leases.delivery_id AND later.id > leases.id
       ) AS latest FROM leases WHERE turn_id = +? ORDER BY delivery_id`,
    )
    .all(turn)
    .map((row) => ({ ...row, presented: row.presented === 1, latest: row.latest === 1 }));
}

/** Turns that held one of the deliveries of `turn` before and may have shown it, oldest first: the redelivered chain. */
export function listEarlierTurns(db: Database, turn: number): number[] {
  return db
    .prepare<[number], { turn_id: number }>(
      `SELECT DISTINCT earlier.turn_id FROM leases held INDEXED BY leases_by_turn
       JOIN leases earlier ON earlier.delivery_id = held.delivery_id AND earlier.id < held.id
       WHERE held.turn_id = +? AND earlier.outcome IN ('failed', 'interrupted') ORDER BY earlier.turn_id`,
    )
    .all(turn)
    .map((row) => row.turn_id);
}
