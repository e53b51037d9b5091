import type { Output } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import { known, once } from '../../db/index.ts';
import type { Tx } from '../../db/index.ts';
import type { Core } from '../core.ts';
import { depthOf, dueAt, findClaimable, lease } from '../deliveries/claim.ts';
import type { Look } from '../deliveries/claim.ts';
import { listEarlierActs } from '../deliveries/earlier.ts';
import { toReceived } from '../deliveries/received.ts';
import { listLeasedTo } from '../stores/delivery-store.ts';
import type { DeliveryRow } from '../stores/delivery-store.ts';
import { findTurn, updateTaken } from '../stores/turn-store.ts';

type Recv = Output<(typeof methods)['recv']>;

/** Whose mail is taken into which turn; without a turn it is only shown. */
export interface MailCall {
  agent: string;
  turn: number | null;
  max: number;
  /** The same call again gets what it took before. */
  key?: string | undefined;
}

const ONE_BY_ONE = 'an earlier attempt failed, so messages come one by one: end this turn first';
const COMES_ALONE = 'the next message failed before, so it comes alone with your next turn';

/**
 * Takes waiting messages into a running turn, or only shows them when there is none. Bodies stay under 16 KiB together; a longer one comes alone and whole, and
 * who shows it to a model does so in pages.
 */
export function takeMail(core: Core, tx: Tx, call: MailCall): Recv {
  const { agent, turn } = call;
  if (turn === null) return showMail(core, tx, call);
  const held = listLeasedTo(tx.db, turn);
  const earlier = known(tx, agent, call.key) as number[] | undefined;
  const rows = earlier
    ? held.filter(({ delivery }) => earlier.includes(delivery))
    : takeBeside(core, tx, { ...call, turn }, held);
  return {
    messages: rows.map((row) => toReceived(core, row)),
    ...whatRemains(core, tx, agent, turn),
    earlier: rows.some(({ redelivered }) => redelivered > 0) ? listEarlierActs(tx, turn) : [],
  };
}

/** What stays queued while a turn runs: how many, and why they are not for this turn. */
function whatRemains(core: Core, tx: Tx, agent: string, turn: number): Pick<Recv, 'remaining' | 'note'> {
  const remaining = core.backlogs.count(tx, agent);
  return { remaining, note: remaining === 0 ? null : heldBack(core, tx, agent, turn) };
}

/** Leases what may join the turn; a message that failed before joins none. */
function takeBeside(core: Core, tx: Tx, call: MailCall & { turn: number }, held: DeliveryRow[]): DeliveryRow[] {
  const { agent, turn, max, key } = call;
  if (held.some(failedBefore)) return [];
  const { rows: found } = findClaimable(core, tx, agent, { max, bytes: core.settings.recvBytes });
  const rows = found.filter((row) => !failedBefore(row));
  const session = findTurn(tx.db, turn)?.session_id;
  if (session === undefined || rows.length === 0) return [];
  once(tx, agent, key, () => {
    lease(core, tx, rows, { session, turn });
    updateTaken(tx.db, { id: turn, depth: depthOf(rows) });
    return rows.map(({ delivery }) => delivery);
  });
  return rows;
}

/** Why the head of the queue is not for this turn; null = it can be taken. */
export function heldBack(core: Core, tx: Look, agent: string, turn: number): string | null {
  return whyHeldBack(core, tx, listLeasedTo(tx.db, turn), core.backlogs.first(tx, agent, 1)[0]);
}

/** The same when it is known what the turn holds, and what stays queued first. */
export function whyHeldBack(
  core: Core,
  tx: Look,
  held: readonly DeliveryRow[],
  next: Pick<DeliveryRow, 'attempts' | 'not_before'> | undefined,
): string | null {
  if (held.some(failedBefore)) return ONE_BY_ONE;
  return next && (dueAt(core, tx, next) > tx.now || failedBefore(next)) ? COMES_ALONE : null;
}

function failedBefore({ attempts }: Pick<DeliveryRow, 'attempts'>): boolean {
  return attempts > 0;
}

function showMail(core: Core, tx: Tx, { agent, max }: MailCall): Recv {
  const found = findClaimable(core, tx, agent, { max, bytes: core.settings.recvBytes });
  const remaining = core.backlogs.count(tx, agent) - found.rows.length;
  const note = found.alone || found.waitsUntil !== null ? COMES_ALONE : null;
  return { messages: found.rows.map((row) => toReceived(core, row)), remaining, note, earlier: [] };
}
