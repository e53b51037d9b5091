import type { Tx } from '../../db/index.ts';
import type { Bound } from '../api.ts';
import type { Core } from '../core.ts';
import { inBackground } from '../in-background.ts';
import { findSession, setSessionLive } from '../stores/session-store.ts';
import { hashNonce } from './open-session.ts';
import { expectPoll, watchTurn } from './watch.ts';
import type { WatchedTurn } from './watch.ts';

/** A session that an earlier daemon left and that nobody gave up since. */
export interface LeftSession {
  session: number;
  nonceHash: string;
  turn: WatchedTurn | undefined;
}

/** Which harness says hello. */
export interface Caller {
  nonce: string;
  build: string;
}

/**
 * Takes up a session that an earlier daemon left, from memory: after a restart all harnesses come back at once, and none of them has to wait until the disk says
 * so. Their rows follow, many in one transaction. Undefined for any other session.
 */
export function comeBack(core: Core, agent: string, { nonce, build }: Caller): Bound | undefined {
  const left = core.left.get(agent);
  if (left?.nonceHash !== hashNonce(nonce)) return undefined;
  core.left.delete(agent);
  const { session, turn } = left;
  core.connected.add(session);
  if (!turn) core.idle.set(agent, session);
  expectLife(core, session, turn);
  const noted = core.writer.writeSoon(agent, (tx) => {
    if (findSession(tx.db, session)?.state === 'disconnected') noteLive(tx, agent, { session, build });
  });
  inBackground(core, noted, 'a harness that came back was not recorded', { session });
  return { session, resumed: true, turn: turn?.id ?? null };
}

/** Notes that a session's harness is connected. */
export function noteLive(tx: Tx, agent: string, { session, build }: { session: number; build: string }): void {
  setSessionLive(tx.db, { id: session, build, at: tx.now });
  tx.emit({ type: 'agent.changed', agent, what: 'harness connected' });
}

/** Watches a harness that said hello: the turn that it runs, or that it asks for one. */
export function expectLife(core: Core, session: number, turn: WatchedTurn | undefined): void {
  if (turn) watchTurn(core, turn);
  else expectPoll(core, session);
}
