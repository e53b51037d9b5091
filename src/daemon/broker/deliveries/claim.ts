import type { Tx } from '../../db/index.ts';
import type { Core } from '../core.ts';
import { longestBackOff } from '../settings.ts';
import type { DeliveryRow } from '../stores/delivery-store.ts';
import { insertLease } from '../stores/lease-store.ts';
import type { OpenLease } from '../stores/lease-store.ts';
import { forgetHanded } from '../turns/handed.ts';
import type { View } from './backlogs.ts';
import { move } from './move.ts';

/** What may be taken at once. */
export interface ClaimLimits {
  max: number;
  /** Bytes of all bodies together; a first one that is longer is taken alone. */
  bytes: number;
}

/** What of a queue can be taken now, and why it ends there. */
export interface Claimable {
  rows: DeliveryRow[];
  /** The next one waits for its back-off until then, epoch ms. */
  waitsUntil: number | null;
  /** The next one failed before: it comes alone. */
  alone: boolean;
}

/** A transaction, or a mere look at a time. */
export type Look = View & Pick<Tx, 'now'>;

/** Looks at the head of a queue, in order; nothing is overtaken (DESIGN §6). */
export function findClaimable(core: Core, tx: Look, agent: string, limits: ClaimLimits): Claimable {
  const found: Claimable = { rows: [], waitsUntil: null, alone: false };
  let bytes = 0;
  for (const row of core.backlogs.first(tx, agent, limits.max)) {
    const first = found.rows.length === 0;
    bytes += Buffer.byteLength(row.body);
    found.waitsUntil = dueAt(core, tx, row) > tx.now ? dueAt(core, tx, row) : null;
    found.alone = row.attempts > 0 && !first;
    if (found.waitsUntil !== null || found.alone || (bytes > limits.bytes && !first)) break;
    found.rows.push(row);
    if (row.attempts > 0) break;
  }
  return found;
}

/** Leases rows of {@link findClaimable} to a turn. */
export function lease(
  core: Core,
  tx: Tx,
  rows: readonly DeliveryRow[],
  to: { session: number; turn: number },
): OpenLease[] {
  return rows.map((row) => {
    const { delivery, message, recipient, attempts, dead_reason } = row;
    move(core, tx, row, 'lease', to.turn);
    forgetHanded(core, recipient);
    const id = insertLease(tx, { delivery, ...to, at: tx.now });
    return { id, delivery, presented: false, message, recipient, attempts, dead_reason };
  });
}

/** What a turn that takes these says is one deeper; people and the forge begin anew. */
export function depthOf(rows: DeliveryRow[]): number {
  if (rows.some(({ sender }) => sender === 'operator' || sender === 'forge')) return -1;
  return Math.max(0, ...rows.map((row) => row.depth));
}

/** Until when a delivery waits, epoch ms: a clock that was set back must not turn a pause of minutes into one of days. */
export function dueAt(core: Core, tx: Pick<Tx, 'now'>, row: Pick<DeliveryRow, 'not_before'>): number {
  return row.not_before > tx.now + longestBackOff(core.settings) ? tx.now : row.not_before;
}
