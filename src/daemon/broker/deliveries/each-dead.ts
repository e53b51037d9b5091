import { HiveError } from '#src/lib/errors.ts';
import type { Tx } from '../../db/index.ts';
import type { Core } from '../core.ts';
import { listDeadIds } from '../stores/dead-store.ts';
import { findDelivery } from '../stores/delivery-store.ts';
import type { PlainDelivery } from '../stores/delivery-store.ts';

/** Most dead letters of an agent that one call handles. */
const AT_ONCE = 200;

/** Which dead letters are meant: exactly one of the two. */
export interface Meant {
  deliveries?: number[] | undefined;
  agent?: string | undefined;
}

/** What became of them; `refused` says why one stays as it is. */
export interface Handled {
  done: number[];
  refused: { delivery: number; reason: string }[];
}

/** Does one thing to dead letters, in one transaction; `act` answers why a letter stays as it is, or null. Throws `invalid` unless exactly one of the two is named. */
export async function eachDead(
  core: Core,
  { deliveries, agent }: Meant,
  act: (tx: Tx, letter: PlainDelivery) => string | null,
): Promise<Handled> {
  if ((deliveries === undefined) === (agent === undefined))
    throw new HiveError('invalid', 'name either the deliveries or an agent whose dead letters are all meant');
  return core.writer.write('operator', (tx) => {
    const ids = [...new Set(deliveries ?? listDeadIds(tx.db, agent ?? '', AT_ONCE))];
    const looked = ids.map((delivery) => ({ delivery, reason: actOn(tx, delivery, act) }));
    return {
      done: looked.filter(({ reason }) => reason === null).map(({ delivery }) => delivery),
      refused: looked.flatMap(({ delivery, reason }) => (reason === null ? [] : [{ delivery, reason }])),
    };
  });
}

function actOn(tx: Tx, id: number, act: (tx: Tx, letter: PlainDelivery) => string | null): string | null {
  const delivery = findDelivery(tx.db, id);
  if (!delivery) return `there is no delivery ${id}`;
  return delivery.state === 'dead' ? act(tx, delivery) : `it is ${delivery.state}, not dead`;
}
