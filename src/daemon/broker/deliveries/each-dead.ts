import { HiveError } from '#src/lib/errors.ts';
import type { Tx } from '../../db/index.ts';
import type { Core } from '../core.ts';
import { listDeadIds } from '../stores/dead-store.ts';
import { findDelivery, listDeliveriesOf } from '../stores/delivery-store.ts';
import type { PlainDelivery } from '../stores/delivery-store.ts';
import { readReports } from './read-reports.ts';

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
    const looked = ids.map((delivery) => ({ delivery, ...actOn(tx, delivery, act) }));
    const done = looked.filter(({ reason }) => reason === null);
    settle(core, tx, new Set(done.flatMap(({ message }) => message ?? [])));
    return {
      done: done.map(({ delivery }) => delivery),
      refused: looked.flatMap(({ delivery, reason }) => (reason === null ? [] : [{ delivery, reason }])),
    };
  });
}

/** A letter that `act` saw, and why it stays as it is. */
interface Looked {
  message?: number;
  reason: string | null;
}

function actOn(tx: Tx, id: number, act: (tx: Tx, letter: PlainDelivery) => string | null): Looked {
  const delivery = findDelivery(tx.db, id);
  if (!delivery) return { reason: `there is no delivery ${id}` };
  const reason = delivery.state === 'dead' ? act(tx, delivery) : `it is ${delivery.state}, not dead`;
  return { message: delivery.message_id, reason };
}

/** Reports of a message are read once nobody has a dead letter of it. */
function settle(core: Core, tx: Tx, messages: ReadonlySet<number>): void {
  const settled = [...messages].filter((message) =>
    listDeliveriesOf(tx.db, message).every(({ state, dismissed }) => state !== 'dead' || dismissed),
  );
  if (settled.length > 0) readReports(core, tx, settled);
}
