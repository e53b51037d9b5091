import { HiveError } from '#src/lib/errors.ts';
import type { Tx } from '../../db/index.ts';
import type { Core } from '../core.ts';
import { moveDelivery } from '../stores/delivery-store.ts';
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
  if (!moveDelivery(tx.db, { id: delivery, from, to, at: tx.now }))
    throw new HiveError('internal', `delivery ${delivery} is not ${from}: ${by} is not possible`);
  if (from === 'queued') core.backlogs.left(tx, recipient, delivery);
  if (to === 'queued') core.backlogs.forget(recipient);
  tx.emit({ type: 'delivery.changed', delivery, message, recipient, state: to, turn });
}
