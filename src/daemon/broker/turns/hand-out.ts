import type { Output } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import type { Tx } from '../../db/index.ts';
import type { Core } from '../core.ts';
import { listEarlierActs } from '../deliveries/earlier.ts';
import { toReceived } from '../deliveries/received.ts';
import { watchTurn } from '../sessions/watch.ts';
import { countQueuedBySender, listLeasedTo } from '../stores/delivery-store.ts';
import { findTurn } from '../stores/turn-store.ts';
import { whatRemains } from './take-mail.ts';

/** What `next` answers for a turn that was just leased, or whose first answer was lost; from its commit on the turn must show life. */
export function handOut(core: Core, tx: Tx, agent: string, turn: number): Output<(typeof methods)['next']> {
  const row = findTurn(tx.db, turn);
  if (row) tx.afterCommit(() => watchTurn(core, row));
  const { remaining, note } = whatRemains(core, tx, agent, turn);
  return {
    turn,
    deliveries: listLeasedTo(tx.db, turn).map((delivery) => toReceived(core, delivery)),
    remaining,
    waiting: remaining === 0 ? [] : countQueuedBySender(tx.db, agent),
    note,
    earlier: listEarlierActs(tx, turn),
  };
}
