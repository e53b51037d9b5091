import { HiveError } from '#src/lib/errors.ts';
import type { Output, Parsed } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import type { Tx } from '../../db/index.ts';
import type { Core } from '../core.ts';
import { isAgent } from '../messages/speaker.ts';
import { findRecipient } from '../stores/agent-store.ts';
import { listDeadIds, resetAttempts } from '../stores/dead-store.ts';
import { findDelivery } from '../stores/delivery-store.ts';
import { touch } from '../turns/serve.ts';
import { pairOf } from '../guards/pair-key.ts';
import { findMessage } from '../stores/message-store.ts';
import { findParkedPair } from '../stores/pair-store.ts';
import type { PairRow } from '../stores/pair-store.ts';
import { move } from './move.ts';

type Retry = (typeof methods)['deadRetry'];

/** Most dead letters of an agent that one call queues again. */
const AT_ONCE = 200;

/** Queues dead letters again with fresh attempts, each at its old place in the order. Throws `invalid` unless exactly one of the two is named. */
export async function retryDead(core: Core, { deliveries, agent }: Parsed<Retry>): Promise<Output<Retry>> {
  if ((deliveries === undefined) === (agent === undefined))
    throw new HiveError('invalid', 'name either the deliveries to retry or an agent whose dead letters are all meant');
  return core.writer.write('operator', (tx) => {
    const ids = [...new Set(deliveries ?? listDeadIds(tx.db, agent ?? '', AT_ONCE))];
    const looked = ids.map((delivery) => ({ delivery, reason: retryOne(core, tx, delivery) }));
    return {
      retried: looked.filter(({ reason }) => reason === null).map(({ delivery }) => delivery),
      refused: looked.flatMap(({ delivery, reason }) => (reason === null ? [] : [{ delivery, reason }])),
    };
  });
}

/** Why a delivery stays as it is; null = it is queued again. */
function retryOne(core: Core, tx: Tx, id: number): string | null {
  const delivery = findDelivery(tx.db, id);
  if (!delivery) return `there is no delivery ${id}`;
  const { state, recipient, message_id: message } = delivery;
  if (state !== 'dead') return `it is ${state}, not dead`;
  if (isAgent(recipient) && !findRecipient(tx.db, recipient)) return `${recipient} was removed`;
  const pair = findPairOf(tx, message, recipient);
  if (pair) return `${pair.left} and ${pair.right} are parked: hive parked release ${pair.id} first`;
  resetAttempts(tx.db, id);
  move(core, tx, { delivery: id, message, recipient }, 'retry', null);
  touch(core, tx, recipient);
  return null;
}

/** The parked pair that a message belongs to: what its parties say to each other is held. */
function findPairOf(tx: Tx, message: number, recipient: string): PairRow | undefined {
  const sender = findMessage(tx.db, message)?.sender;
  return sender === undefined ? undefined : findParkedPair(tx.db, ...pairOf(sender, recipient));
}
