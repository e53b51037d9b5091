import type { Database } from 'better-sqlite3';

/** How a lease ends: only `failed` counts as an attempt; `interrupted` may have been seen; `returned` was not shown. */
export type LeaseOutcome = 'acked' | 'failed' | 'interrupted' | 'returned';

/** A lease that has not ended. */
export interface OpenLease {
  id: number;
  delivery: number;
  presented: boolean;
}

export function insertLease(db: Database, row: { delivery: number; session: number; turn: number; at: number }): void {
  db.prepare(
    `INSERT INTO leases (delivery_id, session_id, turn_id, leased_at) VALUES (@delivery, @session, @turn, @at)`,
  ).run(row);
}

/** Open leases of a turn, in order of their deliveries. */
export function listOpenLeases(db: Database, turn: number): OpenLease[] {
  return db
    .prepare<[number], { id: number; delivery: number; presented: number }>(
      `SELECT id, delivery_id AS delivery, presented_at IS NOT NULL AS presented FROM leases INDEXED BY leases_by_turn
       WHERE turn_id = +? AND ended_at IS NULL ORDER BY delivery_id`,
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

export function closeLease(db: Database, row: { id: number; outcome: LeaseOutcome; at: number }): void {
  db.prepare('UPDATE leases SET ended_at = @at, outcome = @outcome WHERE id = @id').run(row);
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
