import type { Output } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import type { Tx } from '../../db/index.ts';
import type { Core } from '../core.ts';
import { listEarlierActs } from '../deliveries/earlier.ts';
import { toReceived } from '../deliveries/received.ts';
import { watchTurn } from '../sessions/watch.ts';
import type { WatchedTurn } from '../sessions/watch.ts';
import type { DeliveryRow } from '../stores/delivery-store.ts';
import { whyHeldBack } from './take-mail.ts';

/** What `next` answers for a turn that was just leased, or whose first answer was lost; from its commit on the turn must show life. */
export function handOut(
  core: Core,
  tx: Tx,
  turn: WatchedTurn & { agent: string },
  rows: readonly DeliveryRow[],
): Output<(typeof methods)['next']> {
  tx.afterCommit(() => watchTurn(core, turn));
  const { remaining, waiting, next } = core.backlogs.of(tx, turn.agent);
  return {
    turn: turn.id,
    deliveries: rows.map((delivery) => toReceived(core, delivery)),
    remaining,
    waiting,
    note: whyHeldBack(core, tx, rows, next),
    earlier: rows.some(({ redelivered }) => redelivered > 0) ? listEarlierActs(tx, turn.id) : [],
  };
}
