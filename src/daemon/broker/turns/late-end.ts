import type { Parsed } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import type { Tx } from '../../db/index.ts';
import type { Core } from '../core.ts';
import { move } from '../deliveries/move.ts';
import { findDelivery } from '../stores/delivery-store.ts';
import { closeLease, listLeasesOfTurn } from '../stores/lease-store.ts';
import type { EndedLease } from '../stores/lease-store.ts';
import { endTurn } from '../stores/turn-store.ts';
import type { EndingTurn } from '../stores/turn-store.ts';
import { turnResult } from './turn-result.ts';

/**
 * The report of a turn that was already given up. A clean end still counts for every delivery that was presented and that nobody leased again (DESIGN §6);
 * any other report, and a second one, changes nothing.
 */
export function endLate(
  core: Core,
  tx: Tx,
  turn: EndingTurn,
  input: Parsed<(typeof methods)['turnEnd']>,
): EndedLease[] {
  if (turn.outcome === 'lost' && input.outcome === 'ok') countLate(core, tx, turn, input);
  return listLeasesOfTurn(tx.db, turn.id);
}

function countLate(core: Core, tx: Tx, turn: EndingTurn, input: Parsed<(typeof methods)['turnEnd']>): void {
  for (const lease of listLeasesOfTurn(tx.db, turn.id)) {
    const delivery = findDelivery(tx.db, lease.delivery);
    const seen = lease.presented || input.presented.includes(lease.delivery);
    if (!delivery || !seen || !lease.latest || delivery.state !== 'queued') continue;
    closeLease(tx, { id: lease.id, outcome: 'acked', presented: lease.presented });
    move(
      core,
      tx,
      { delivery: delivery.id, message: delivery.message_id, recipient: delivery.recipient },
      'lateAck',
      turn.id,
    );
  }
  endTurn(tx, { ...turnResult(input), id: turn.id, outcome: 'ok' });
  tx.emit({ type: 'turn.ended', agent: turn.agent, turn: turn.id, outcome: 'ok' });
}
