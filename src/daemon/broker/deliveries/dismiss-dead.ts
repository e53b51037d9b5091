import type { Output, Parsed } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import type { Tx } from '../../db/index.ts';
import type { Core } from '../core.ts';
import { setDismissed } from '../stores/dead-store.ts';
import type { PlainDelivery } from '../stores/delivery-store.ts';
import { eachDead } from './each-dead.ts';

type Dismiss = (typeof methods)['deadDismiss'];

/** Takes dead letters from the list: they stay dead and stored, and can still be retried by their number. Throws `invalid` unless exactly one of the two is named. */
export async function dismissDead(core: Core, input: Parsed<Dismiss>): Promise<Output<Dismiss>> {
  const { done, refused } = await eachDead(core, input, dismissOne);
  return { dismissed: done, refused };
}

function dismissOne(tx: Tx, { id: delivery, message_id: message, recipient }: PlainDelivery): string | null {
  if (!setDismissed(tx.db, delivery, tx.now)) return 'it was dismissed already';
  tx.emit({ type: 'dead.dismissed', delivery, message, recipient });
  return null;
}
