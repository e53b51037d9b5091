import type { Tx } from '../../db/index.ts';
import type { Core } from '../core.ts';
import { longestBackOff } from '../settings.ts';
import { findLastDelivery, listQueued } from '../stores/delivery-store.ts';
import type { DeliveryRow } from '../stores/delivery-store.ts';
import { insertLease } from '../stores/lease-store.ts';
import { updateTakenUpTo } from '../stores/turn-store.ts';
import { move } from './move.ts';

/** What may be taken at once. */
export interface ClaimLimits {
  max: number;
  /** Bytes of all bodies together. */
  bytes: number;
  /** Whether the first one is taken whatever its size: a wake prompt holds it whole, a tool result would be cut. */
  firstOfAnySize: boolean;
}

/** What of a queue can be taken now, and why it ends there. */
export interface Claimable {
  rows: DeliveryRow[];
  /** The next one waits for its back-off until then, epoch ms. */
  waitsUntil: number | null;
  /** The next one does not fit into what was asked for. */
  tooLong: DeliveryRow | null;
  /** The next one failed before: it comes alone. */
  alone: boolean;
}

/** Looks at the head of a queue, in order; nothing is overtaken (DESIGN §6). */
export function findClaimable(core: Core, tx: Tx, agent: string, limits: ClaimLimits): Claimable {
  const found: Claimable = { rows: [], waitsUntil: null, tooLong: null, alone: false };
  let bytes = 0;
  for (const row of listQueued(tx.db, agent, limits.max)) {
    const due = dueAt(core, tx, row);
    bytes += Buffer.byteLength(row.body);
    const free = limits.firstOfAnySize && found.rows.length === 0;
    if (due > tx.now) found.waitsUntil = due;
    else if (row.attempts > 0 && found.rows.length > 0) found.alone = true;
    else if (bytes > limits.bytes && !free) found.tooLong = row;
    else found.rows.push(row);
    if (found.waitsUntil !== null || found.tooLong !== null || row.attempts > 0) break;
  }
  return found;
}

/** Leases rows of {@link findClaimable} to a turn. */
export function lease(tx: Tx, rows: DeliveryRow[], to: { session: number; turn: number }): void {
  for (const row of rows) {
    move(tx, row, 'lease', to.turn);
    insertLease(tx.db, { delivery: row.delivery, ...to, at: tx.now });
  }
  updateTakenUpTo(tx.db, { id: to.turn, delivery: findLastDelivery(tx.db) });
}

/** A clock that was set back must not turn a pause of minutes into one of days. */
function dueAt(core: Core, tx: Tx, row: DeliveryRow): number {
  return row.not_before > tx.now + longestBackOff(core.settings) ? tx.now : row.not_before;
}
