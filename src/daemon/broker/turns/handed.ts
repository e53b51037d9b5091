import type { Tx } from '../../db/index.ts';
import type { Core } from '../core.ts';
import type { OpenLease } from '../stores/lease-store.ts';
import { findStanding } from '../stores/session-store.ts';
import type { SessionState } from '../stores/session-store.ts';
import type { EndingTurn } from '../stores/turn-store.ts';

/** A turn as `next` handed it out. Kept as long as nothing but signs of life comes in between: then its end reads nothing. */
export type HandedTurn = EndingTurn & { leases: readonly OpenLease[] };

/** Remembers what a live session was just handed. */
export function rememberHanded(
  core: Core,
  tx: Tx,
  turn: { id: number; agent: string; session: number },
  leases: readonly OpenLease[],
): void {
  const { id, agent, session } = turn;
  core.handed.set(agent, {
    id,
    agent,
    session_id: session,
    session_state: 'live',
    ended_at: null,
    outcome: null,
    leases,
  });
  tx.ifUndone(() => forgetHanded(core, agent));
}

/** The turn that a session reports, if nothing happened to it, to its leases or to its session since it was handed out. */
export function findHanded(core: Core, agent: string, session: number, turn: number): HandedTurn | undefined {
  const handed = core.handed.get(agent);
  return handed?.id === turn && handed.session_id === session ? handed : undefined;
}

/** Whether a session takes turns: its harness is connected, and nobody gave it up. */
export function takesTurns(core: Core, session: number, state: SessionState): boolean {
  return core.connected.has(session) && state !== 'lost' && state !== 'ended';
}

/** Whether a session {@link takesTurns} and has none: asked by every call for a turn, and remembered until {@link forgetHanded}. */
export function isIdle(core: Core, tx: Tx, agent: string, session: number): boolean {
  if (core.idle.get(agent) === session) return true;
  const standing = findStanding(tx.db, session);
  if (!standing || !takesTurns(core, session, standing.state) || standing.turn !== null) return false;
  rememberIdle(core, tx, agent, session);
  return true;
}

/** Remembers that a connected session has no turn. */
export function rememberIdle(core: Core, tx: Tx, agent: string, session: number): void {
  core.idle.set(agent, session);
  tx.ifUndone(() => forgetHanded(core, agent));
}

/** Belongs into every transaction that changes an agent's session, its turn or what the turn holds; what is forgotten is read. */
export function forgetHanded(core: Core, agent: string): void {
  if (core.handed.get(agent)) core.handed.set(agent, undefined);
  if (core.idle.get(agent) !== undefined) core.idle.set(agent, undefined);
}
