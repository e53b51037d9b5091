import type { Tx } from '../../db/index.ts';
import type { SessionEnd } from '../api.ts';
import type { Core } from '../core.ts';
import { endLease } from '../deliveries/end-lease.ts';
import { listOpenLeases } from '../stores/lease-store.ts';
import { findSession, setSessionEnded, setSessionLost } from '../stores/session-store.ts';
import type { SessionRow } from '../stores/session-store.ts';
import { endTurn, findRunningTurn } from '../stores/turn-store.ts';
import { agentOf } from '../turns/harness-session.ts';
import { touch } from '../turns/serve.ts';
import { reachChanges } from './reach.ts';
import { refuseWaiters } from './watch.ts';

/** Nothing of this session may act any more; its deliveries stay leased until its container was seen dead. */
export function fence(core: Core, session: number): Promise<void> {
  const agent = agentOf(core, session);
  return core.writer.write(agent, (tx) => {
    const row = findSession(tx.db, session);
    if (!row || row.state === 'ended' || row.state === 'lost') return;
    setSessionLost(tx.db, { id: session, reason: null });
    reachChanges(core, tx, agent);
    tx.afterCommit(() => {
      core.sessionAlarms.clear(session);
      refuseWaiters(core, agent);
    });
  });
}

/** The container was seen dead: the running turn is lost and its deliveries are free for the next session. */
export function sessionEnded(core: Core, session: number, end: SessionEnd, detail: string): Promise<void> {
  const agent = agentOf(core, session);
  return core.writer.write(agent, (tx) => {
    const row = findSession(tx.db, session);
    if (!row || row.state === 'ended') return;
    loseTurn(core, tx, row, end, detail);
    reachChanges(core, tx, agent);
    setSessionEnded(tx.db, { id: session, at: tx.now, reason: `${end}: ${detail}` });
    tx.emit({ type: 'agent.changed', agent, what: `session ended: ${end}` });
    touch(core, tx, agent);
    tx.afterCommit(() => {
      core.sessionAlarms.clear(session);
      core.turnEnds.delete(session);
      refuseWaiters(core, agent);
    });
  });
}

/**
 * Counts an attempt when the harness died by itself, or hung until the hive gave it up; a restart or a stop is nobody's failure. What was not reported as
 * presented may still have been read, so it is marked as redelivered all the same.
 */
function loseTurn(core: Core, tx: Tx, session: SessionRow, end: SessionEnd, detail: string): void {
  const turn = findRunningTurn(tx.db, session.agent);
  if (!turn || turn.session_id !== session.id) return;
  const failed = end === 'died' || session.lost_reason !== null;
  const cause = session.lost_reason ?? `its container ended: ${detail}`;
  for (const lease of listOpenLeases(tx.db, turn.id)) {
    const outcome = failed && lease.presented ? 'failed' : 'interrupted';
    endLease(core, tx, lease, { outcome, turn: turn.id, cause });
  }
  const tokens = { input: 0, output: 0, cache_read: 0, cache_write: 0 };
  endTurn(tx, { id: turn.id, outcome: 'lost', error: cause, model: turn.model, tokens, tools: {} });
  tx.emit({ type: 'turn.ended', agent: session.agent, turn: turn.id, outcome: 'lost' });
  tx.afterCommit(() => core.cancelled.delete(turn.id));
}
