import type { TurnPhase } from '#src/protocol/methods/harness.ts';
import type { Tx } from '../../db/index.ts';
import type { Core } from '../core.ts';
import { inBackground } from '../in-background.ts';
import { lostSession } from '../messages/speaker.ts';
import { findSession, setSessionLost } from '../stores/session-store.ts';
import { listOpenLeases } from '../stores/lease-store.ts';
import { findRunningTurn } from '../stores/turn-store.ts';
import type { TurnRow } from '../stores/turn-store.ts';
import { reachChanges } from './reach.ts';

/** Until a session that could not be given up is given up again. */
const AGAIN_MS = 5000;

/** A running turn, as far as watching it goes. */
export type WatchedTurn = Pick<TurnRow, 'id' | 'session_id' | 'phase' | 'started_at'>;

/** Watches a running turn from its last sign of life: it must start in time, report within what its phase allows, and end within two hours. */
export function watchTurn(core: Core, turn: WatchedTurn): void {
  const { settings } = core;
  const started = turn.phase !== 'leased';
  const patience = started ? settings.phases[turn.phase as TurnPhase] : settings.turnStart;
  const left = turnEndsAt(core, turn) - core.clock.monotonic();
  if (left < patience)
    return expect(
      core,
      turn.session_id,
      left,
      () => `turn ${turn.id} has run for ${Math.round(settings.turn / 60_000)} minutes`,
    );
  expect(core, turn.session_id, patience, () =>
    started
      ? `turn ${turn.id} has been silent for ${patience / 1000} s in its phase "${turn.phase}"`
      : `turn ${turn.id} did not start within ${patience / 1000} s`,
  );
}

/** A harness that is connected and has no turn must ask for one: otherwise its loop hangs while its connection lives. */
export function expectPoll(core: Core, session: number): void {
  const patience = core.settings.poll;
  expect(core, session, patience, () => `its harness did not ask for a turn within ${patience / 1000} s`);
}

/** Monotonic time at which a turn has run too long; wall time counts only once, for a turn that an earlier daemon started. */
function turnEndsAt(core: Core, turn: Pick<TurnRow, 'id' | 'session_id' | 'started_at'>): number {
  const known = core.turnEnds.get(turn.session_id);
  if (known?.turn === turn.id) return known.at;
  const age = Math.min(core.settings.turn, Math.max(0, core.clock.now() - turn.started_at));
  const at = core.clock.monotonic() + core.settings.turn - age;
  core.turnEnds.set(turn.session_id, { turn: turn.id, at });
  return at;
}

/** Gives the session up unless something moves its alarm within `ms`; `otherwise` says why then. While the storage refuses that, it is tried again. */
export function expect(core: Core, session: number, ms: number, otherwise: () => string): void {
  if (core.stopped) return;
  core.sessionAlarms.set(session, ms, () => {
    const reason = otherwise();
    const given = giveUp(core, session, reason).catch((error: unknown) => {
      if (!core.sessionAlarms.has(session)) expect(core, session, AGAIN_MS, () => reason);
      throw error;
    });
    inBackground(core, given, 'a silent session could not be given up', { session });
  });
}

/** Fences a session that hangs and asks for its container to be replaced; its deliveries stay leased until that was seen dead. */
async function giveUp(core: Core, session: number, reason: string): Promise<void> {
  const agent = core.writer.read((db) => findSession(db, session)?.agent);
  if (agent === undefined) return;
  await core.writer.write(agent, (tx) => {
    const row = findSession(tx.db, session);
    if (!row || row.state === 'ended' || row.state === 'lost') return;
    setSessionLost(tx.db, { id: session, reason });
    reachChanges(core, tx, agent);
    const alert = reason + unackedNote(tx, agent);
    tx.emit({ type: 'agent.changed', agent, what: `session lost: ${alert}` });
    tx.afterCommit(() => {
      refuseWaiters(core, agent);
      core.hooks.sessionLost(agent, session, alert);
    });
  });
}

/** What the lost session still holds: delivered, but nobody knows whether it will be handled. */
function unackedNote(tx: Tx, agent: string): string {
  const turn = findRunningTurn(tx.db, agent);
  const held = turn ? listOpenLeases(tx.db, turn.id).length : 0;
  if (!turn || held === 0) return '';
  const seconds = Math.max(0, Math.round((tx.now - turn.started_at) / 1000));
  return `; ${held} delivered, not acked for ${seconds} s`;
}

/** Ends every call of an agent that waits for mail: its session is over. */
export function refuseWaiters(core: Core, agent: string): void {
  core.waiters.refuse(core.waiters.of(agent), lostSession(agent));
}
