import { HiveError } from '#src/lib/errors.ts';
import { known, once, refuseWhenFull } from '../../db/index.ts';
import type { Tx } from '../../db/index.ts';
import type { Sender } from '../api.ts';
import type { Core } from '../core.ts';
import { isAgent } from '../messages/speaker.ts';
import { findManager, findRecipient } from '../stores/agent-store.ts';
import type { Charge } from './guards.ts';

/** A call that says something. */
export interface GuardedCall {
  key: string | undefined;
  /** As the caller names it. */
  to: string | undefined;
  /** Bytes of its text; undefined = it costs nothing. */
  bytes: number | undefined;
}

/** The operator and the hive itself are never limited. */
const FREE: Charge = { pairTooFast: false, giveBack: () => undefined };

/**
 * Runs `act` once per key within what an agent may send. Refused with `limited` before anything is written; a repeated call gets its earlier result all the same;
 * what fails, was said before or is a repetition is not charged. Nothing new is said while the disk is full (`unavailable`).
 */
export function guarded<T>(
  core: Core,
  from: Sender,
  call: GuardedCall,
  act: (tx: Tx, charge: Charge) => T,
): Promise<T> {
  const { writer, guards } = core;
  const begin = (tx: Tx, charge: Charge): T => {
    refuseWhenFull(tx);
    return act(tx, charge);
  };
  if (!isAgent(from)) return writer.write(from, (tx) => once(tx, from, call.key, () => begin(tx, FREE)));
  const to = call.to === undefined ? undefined : otherAgent(core, call.to);
  const charge = guards.charge(from, { to, bytes: call.bytes, broadcast: call.to === '*' });
  if (charge instanceof HiveError) return repeated(core, from, call.key, charge);
  const written = writer.write(from, (tx) => {
    let acted = false;
    const result = once(tx, from, call.key, () => {
      acted = true;
      return begin(tx, charge);
    });
    if (!acted) tx.afterCommit(charge.giveBack);
    return result;
  });
  written.catch(charge.giveBack);
  return written;
}

/** The earlier result, also of a call that is still on its way: it stands before this one in the caller's lane. */
async function repeated<T>(core: Core, from: Sender, key: string | undefined, refusal: HiveError): Promise<T> {
  if (key === undefined) throw refusal;
  const earlier = await core.writer.write(from, (tx) => ({ result: known(tx, from, key) }));
  if (earlier.result === undefined) throw refusal;
  return earlier.result as T;
}

function otherAgent({ writer }: Core, to: string): string | undefined {
  if (to === '*' || !isAgent(to)) return undefined;
  if (to !== 'manager') return to;
  return writer.read((db) => findRecipient(db, to) ?? findManager(db))?.name;
}
