import type { Output } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import type { Received } from '#src/protocol/shapes.ts';
import type { Tx } from '../../db/index.ts';
import type { Core } from '../core.ts';
import { findClaimable, lease } from '../deliveries/claim.ts';
import type { Claimable } from '../deliveries/claim.ts';
import { toReceived } from '../deliveries/received.ts';
import { countQueued, listLeasedTo } from '../stores/delivery-store.ts';
import { findTurn } from '../stores/turn-store.ts';

type Recv = Output<(typeof methods)['recv']>;

/** Whose mail is taken into which turn; without a turn it is only shown. */
export interface MailCall {
  agent: string;
  turn: number | null;
  max: number;
}

/**
 * Takes waiting messages into a running turn, or only shows them when there is none. Bodies stay under 16 KiB together; a longer one comes alone and whole, and
 * who shows it to a model does so in pages.
 */
export function takeMail(core: Core, tx: Tx, call: MailCall): Recv {
  const { agent, turn, max } = call;
  const held = turn === null ? [] : listLeasedTo(tx.db, turn);
  if (held.some((row) => row.attempts > 0)) {
    const remaining = countQueued(tx.db, agent);
    const note = remaining > 0 ? 'an earlier attempt failed, so messages come one by one: end this turn first' : null;
    return { messages: [], remaining, note };
  }
  const found = findClaimable(core, tx, agent, { max, bytes: core.settings.bytes });
  const rows = turn === null ? found.rows : found.rows.filter((row) => row.attempts === 0);
  const session = turn === null ? undefined : findTurn(tx.db, turn)?.session_id;
  if (turn !== null && session !== undefined && rows.length > 0) lease(tx, rows, { session, turn });
  const messages: Received[] = rows.map((row) => toReceived(core, row));
  const remaining = countQueued(tx.db, agent) - (turn === null ? rows.length : 0);
  return { messages, remaining, note: noteOf(found, rows.length) };
}

/** Says why the queue's next message was not given, when that is not the caller's own limit. */
function noteOf(found: Claimable, taken: number): string | null {
  const heldBack = found.alone || found.waitsUntil !== null || found.rows.length > taken;
  return heldBack ? 'the next message failed before, so it comes alone with your next turn' : null;
}
