import { HiveError } from '#src/lib/errors.ts';
import type { Database, Tx } from '../../db/index.ts';
import type { Bound } from '../api.ts';
import type { Core } from '../core.ts';
import { inBackground } from '../in-background.ts';
import { lostSession } from '../messages/speaker.ts';
import { findSession, findSessionByNonce, setSessionDisconnected } from '../stores/session-store.ts';
import type { SessionRow } from '../stores/session-store.ts';
import { findRunningTurn } from '../stores/turn-store.ts';
import { forgetHanded, rememberIdle } from '../turns/handed.ts';
import { agentOf } from '../turns/harness-session.ts';
import { type Caller, comeBack, expectLife, noteLive } from './come-back.ts';
import { hashNonce } from './open-session.ts';
import { expect } from './watch.ts';

/** Binds a harness's connection to its session, or takes the session up again. */
export function hello(core: Core, agent: string, caller: Caller): Promise<Bound> {
  const back = comeBack(core, agent, caller);
  if (back) return Promise.resolve(back);
  return core.writer.write(agent, (tx) => {
    const session = findOwnSession(tx.db, agent, caller.nonce);
    if (core.connected.has(session.id))
      throw new HiveError('conflict', `session ${session.id} of ${agent} already has a connection`, { retry: true });
    core.connected.add(session.id);
    tx.ifUndone(() => core.connected.delete(session.id));
    noteLive(tx, agent, { session: session.id, build: caller.build });
    const turn = findRunningTurn(tx.db, agent);
    if (!turn) rememberIdle(core, tx, agent, session.id);
    tx.afterCommit(() => expectLife(core, session.id, turn));
    return { session: session.id, resumed: session.hello_at !== null, turn: turn?.id ?? null };
  });
}

/** The session with this nonce, if it is the agent's and goes on. Throws `forbidden`. */
function findOwnSession(db: Database, agent: string, nonce: string): SessionRow {
  const session = findSessionByNonce(db, hashNonce(nonce));
  if (!session || session.agent !== agent)
    throw new HiveError('forbidden', `this nonce belongs to no session of ${agent}`);
  if (session.state === 'lost' || session.state === 'ended') throw lostSession(agent);
  return session;
}

/** The connection is gone; the turn goes on, and the session may come back in time, whether that can be recorded or not. */
export function disconnected(core: Core, session: number): void {
  const agent = agentOf(core, session);
  core.connected.delete(session);
  const note = (tx: Tx): void => {
    const state = findSession(tx.db, session)?.state;
    if (state !== 'live' && state !== 'disconnected') return;
    setSessionDisconnected(tx.db, session);
    forgetHanded(core, agent);
    tx.emit({ type: 'agent.changed', agent, what: 'harness disconnected' });
    tx.afterCommit(() => expectBack(core, session));
  };
  const noted = core.writer.write(agent, note).catch((error: unknown) => {
    if (!core.connected.has(session)) expectBack(core, session);
    throw error;
  });
  inBackground(core, noted, 'a lost connection was not recorded', { session });
}

/** Gives a session the time to come back. */
export function expectBack(core: Core, session: number): void {
  const patience = core.settings.resume;
  expect(core, session, patience, () => `its harness was gone for ${patience / 1000} s`);
}
