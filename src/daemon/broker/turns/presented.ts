import type { Parsed } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import type { Tx } from '../../db/index.ts';
import type { Core } from '../core.ts';
import { speakingTurn } from '../messages/speaker.ts';
import { findDelivery } from '../stores/delivery-store.ts';
import { markPresented } from '../stores/lease-store.ts';

/** Notes what the runtime of a running turn provably got: only that can be acked. */
export function presented(core: Core, agent: string, input: Parsed<(typeof methods)['presented']>): Promise<void> {
  return core.writer.write(agent, (tx) => {
    speakingTurn(tx, agent, input.turn);
    markAll(core, tx, { agent, turn: input.turn, deliveries: input.deliveries });
  });
}

/** Marks the open leases of a turn; what it does not hold is left alone, and somebody else's is logged. */
export function markAll(core: Core, tx: Tx, report: { agent: string; turn: number; deliveries: number[] }): void {
  for (const delivery of report.deliveries) {
    if (markPresented(tx.db, { delivery, turn: report.turn, at: tx.now })) continue;
    const recipient = findDelivery(tx.db, delivery)?.recipient;
    if (recipient !== report.agent)
      core.log.warn({ agent: report.agent, delivery, recipient }, 'foreign delivery reported as presented');
  }
}
