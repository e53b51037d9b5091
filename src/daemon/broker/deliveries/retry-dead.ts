import type { Output, Parsed } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import type { Tx } from '../../db/index.ts';
import type { Core } from '../core.ts';
import { isAgent } from '../messages/speaker.ts';
import { findRecipient } from '../stores/agent-store.ts';
import { resetAttempts } from '../stores/dead-store.ts';
import type { PlainDelivery } from '../stores/delivery-store.ts';
import { touch } from '../turns/serve.ts';
import { pairOf } from '../guards/pair-key.ts';
import { findMessage } from '../stores/message-store.ts';
import { findParkedPair } from '../stores/pair-store.ts';
import type { PairRow } from '../stores/pair-store.ts';
import { eachDead } from './each-dead.ts';
import { move } from './move.ts';

type Retry = (typeof methods)['deadRetry'];

/** Queues dead letters again with fresh attempts, each at its old place in the order. Throws `invalid` unless exactly one of the two is named. */
export async function retryDead(core: Core, input: Parsed<Retry>): Promise<Output<Retry>> {
  const { done, refused } = await eachDead(core, input, (tx, letter) => retryOne(core, tx, letter));
  return { retried: done, refused };
}

/** Why a delivery stays as it is; null = it is queued again. */
function retryOne(core: Core, tx: Tx, { id, message_id: message, recipient }: PlainDelivery): string | null {
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
