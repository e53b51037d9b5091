import { trueText } from '../messages/true-text.ts';
import { HiveError } from '#src/lib/errors.ts';
import type { ParkedPair } from '#src/protocol/methods/trouble.ts';
import { excerpt } from '#src/lib/excerpt.ts';
import type { Database, Tx } from '../../db/index.ts';
import type { Core } from '../core.ts';
import { move } from '../deliveries/move.ts';
import { readReports } from '../deliveries/read-reports.ts';
import {
  countHeld,
  findPair,
  listHeld,
  listParkedPairs,
  resetDepths,
  resetPairDepths,
  setReleased,
} from '../stores/pair-store.ts';
import type { PairRow } from '../stores/pair-store.ts';
import { touch } from '../turns/serve.ts';
import { listChain } from './chain.ts';
import { pairKey } from './pair-key.ts';

/** Deliveries that are released in one transaction: more only make the others wait (FACTS/broker). */
const AT_ONCE = 500;

/** Pairs that are parked now, newest first. */
export function listPairs(db: Database, max: number): ParkedPair[] {
  const pairs = listParkedPairs(db).slice(0, max);
  return pairs.map((row) => ({
    id: row.id,
    parties: [row.left, row.right],
    reason: row.reason,
    since: row.at,
    held: countHeld(db, row),
    chain: listChain(db, row.message, [row.left, row.right]).map((message) => ({
      id: message.id,
      from: message.sender,
      to: message.recipient,
      excerpt: excerpt(trueText(message.id, message)),
      sent_at: message.created_at,
    })),
  }));
}

/** Queues what a pair holds, in order; the pair stays parked until the last of it is queued, and then begins anew. Throws `not_found`. */
export async function releasePair(core: Core, id: number): Promise<{ released: number }> {
  let released = 0;
  let over = false;
  while (!over) {
    const step = await core.writer.write('operator', (tx) => releaseSome(core, tx, id));
    // Another release at the same time may have queued the last ones.
    if (step === undefined && released === 0)
      throw new HiveError('not_found', `there is no parked pair ${id}: \`hive parked list\` shows those there are`);
    released += step?.released ?? 0;
    over = step?.over ?? true;
  }
  return { released };
}

/** Undefined when the pair is not parked (any more). */
function releaseSome(core: Core, tx: Tx, id: number): { released: number; over: boolean } | undefined {
  const pair = findPair(tx.db, id);
  if (!pair) return undefined;
  const rows = listHeld(tx.db, pair, AT_ONCE);
  for (const row of rows) {
    move(core, tx, row, 'release', null);
    touch(core, tx, row.recipient);
  }
  const held = rows.map((row) => row.message);
  resetDepths(tx.db, held);
  core.backlogs.forgetRows();
  const over = rows.length < AT_ONCE;
  if (over) beginAnew(core, tx, pair);
  return { released: rows.length, over };
}

/** Ends the parking of a removed agent's pairs that hold nothing any more; what it said to others is held until the operator decides. */
export function endEmptyPairs(core: Core, tx: Tx, agent: string): void {
  for (const pair of listParkedPairs(tx.db)) {
    const its = pair.left === agent || pair.right === agent;
    if (its && countHeld(tx.db, pair) === 0) beginAnew(core, tx, pair);
  }
}

function beginAnew(core: Core, tx: Tx, pair: PairRow): void {
  const { id, left, right, reason } = pair;
  const chain = listChain(tx.db, pair.message, [left, right]).map((message) => message.id);
  resetDepths(tx.db, chain);
  resetPairDepths(tx.db, pair, [...core.backlogs.list(tx, left), ...core.backlogs.list(tx, right)]);
  // What waits in queues may be among it.
  core.backlogs.forgetRows();
  setReleased(tx.db, id, tx.now);
  // One message may have parked several pairs.
  if (!listParkedPairs(tx.db).some(({ message }) => message === pair.message)) readReports(core, tx, [pair.message]);
  tx.emit({ type: 'pair.changed', pair: id, parties: [left, right], state: 'released', reason });
  tx.afterCommit(() => {
    core.guards.forgetPair(left, right);
    loadParked(core);
  });
}

/** Remembers which pairs are parked, as committed. */
export function loadParked(core: Core): void {
  core.mayBeParked = new Set(core.writer.read(listParkedPairs).map(({ left, right }) => pairKey(left, right)));
}
