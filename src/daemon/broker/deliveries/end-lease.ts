import type { Tx } from '../../db/index.ts';
import type { Core } from '../core.ts';
import { backOffFor } from '../settings.ts';
import { countReturn } from '../stores/delivery-store.ts';
import { closeLease } from '../stores/lease-store.ts';
import type { LeaseOutcome, OpenLease } from '../stores/lease-store.ts';
import { reportDead } from './dead-letter.ts';
import { move } from './move.ts';

/** Why a lease ends, for whoever looks at a dead letter. */
export interface LeaseEnd {
  outcome: LeaseOutcome;
  turn: number;
  /** In words: "the runtime failed: exit 1". */
  cause: string;
  /** Pause before it is leased again when `outcome` is not `failed`, ms. */
  pause?: number;
}

/** Ends one lease and moves its delivery on: acked, queued again, or dead after its last attempt. */
export function endLease(core: Core, tx: Tx, lease: OpenLease, end: LeaseEnd): void {
  closeLease(tx, { id: lease.id, outcome: end.outcome, presented: lease.presented });
  if (end.outcome === 'acked') return move(core, tx, lease, 'ack', end.turn);

  const attempts = lease.attempts + (end.outcome === 'failed' ? 1 : 0);
  const dead = end.outcome === 'failed' && attempts >= core.settings.attempts;
  const pause = end.outcome === 'failed' ? backOffFor(core.settings, attempts) : (end.pause ?? 0);
  countReturn(tx.db, {
    id: lease.delivery,
    attempts: end.outcome === 'failed' ? 1 : 0,
    redelivered: end.outcome === 'returned' ? 0 : 1,
    notBefore: tx.now + pause,
    deadReason: dead ? end.cause : null,
  });
  move(core, tx, lease, dead ? 'die' : 'return', end.turn);
  if (dead && lease.dead_reason === null)
    reportDead(
      core,
      tx,
      lease,
      `${attempts === 1 ? 'its attempt failed' : `${attempts} attempts failed, the last one`} because ${end.cause}`,
    );
}
