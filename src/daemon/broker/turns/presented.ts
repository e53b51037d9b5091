import type { Parsed } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import type { Tx } from '../../db/index.ts';
import type { Core } from '../core.ts';
import { forgetHanded } from './handed.ts';
import { speakingTurn } from '../messages/speaker.ts';
import { findDelivery } from '../stores/delivery-store.ts';
import { markPresented } from '../stores/lease-store.ts';

/** Notes what the runtime of a running turn provably got: only that can be acked. */
export function presented(core: Core, agent: string, input: Parsed<(typeof methods)['presented']>): Promise<void> {
  return core.writer.write(agent, (tx) => {
    speakingTurn(tx, agent, input.turn);
    forgetHanded(core, agent);
    for (const delivery of input.deliveries)
      if (!markPresented(tx.db, { delivery, turn: input.turn, at: tx.now })) warnOfForeign(core, tx, agent, delivery);
  });
}

/** What a turn does not hold is not marked; somebody else's is logged. */
export function warnOfForeign(core: Core, tx: Tx, agent: string, delivery: number): void {
  const recipient = findDelivery(tx.db, delivery)?.recipient;
  if (recipient !== agent) core.log.warn({ agent, delivery, recipient }, 'foreign delivery reported as presented');
}
