import { HiveError } from '#src/lib/errors.ts';
import type { Database, LateChange, Tx } from '../../db/index.ts';
import type { Core } from '../core.ts';
import { moveDeliveries } from '../stores/delivery-store.ts';
import { TRANSITIONS } from './states.ts';
import type { Transition } from './states.ts';

/** A delivery as events name it. */
export interface MovedDelivery {
  delivery: number;
  message: number;
  recipient: string;
}

/** Takes a delivery along one of the allowed transitions and publishes it. Throws `internal` when it is not where the transition starts. */
export function move(
  core: Core,
  tx: Tx,
  { delivery, message, recipient }: MovedDelivery,
  by: Transition,
  turn: number | null,
): void {
  const { from, to } = TRANSITIONS[by];
  const often = OFTEN[by];
  if (often) tx.changeLate(often, delivery);
  else moveAll(tx.db, by, [delivery], tx.now);
  if (from === 'queued') core.backlogs.left(tx, recipient, delivery);
  if (to === 'queued') core.backlogs.returned(tx, recipient, delivery);
  tx.emit({ type: 'delivery.changed', delivery, message, recipient, state: to, turn });
}

/** The transitions of every turn are made late: those of a group cost one statement. */
const OFTEN: Partial<Record<Transition, LateChange<number>>> = { lease: late('lease'), ack: late('ack') };

function late(by: Transition): LateChange<number> {
  return { make: (db, deliveries, now) => moveAll(db, by, deliveries, now) };
}

function moveAll(db: Database, by: Transition, deliveries: readonly number[], at: number): void {
  const { from, to } = TRANSITIONS[by];
  if (moveDeliveries(db, { ids: deliveries, from, to, at }) === deliveries.length) return;
  throw new HiveError(
    'internal',
    `of the deliveries ${deliveries.join(', ')} one is not ${from}: ${by} is not possible`,
  );
}
