import { HiveError } from '#src/lib/errors.ts';
import type { Output } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import type { Tx } from '../../db/index.ts';
import type { Core } from '../core.ts';
import { listLeasedTo } from '../stores/delivery-store.ts';
import { findTurn } from '../stores/turn-store.ts';
import { handOut } from './hand-out.ts';
import { isIdle } from './handed.ts';
import { actingSession, agentOf } from './harness-session.ts';
import { touch } from './serve.ts';
import type { NextWaiter } from './waiters.ts';

type Next = Output<(typeof methods)['next']>;

/**
 * Waits for mail that wakes and leases it to a new turn. A turn whose answer was lost on the way is handed out again as it is. A call that came with a hello
 * whose connection is gone meanwhile is no sign of life.
 */
export async function next(core: Core, session: number, max: number, signal: AbortSignal): Promise<Next> {
  signal.throwIfAborted();
  const agent = agentOf(core, session);
  const { waiter, promise } = core.waiters.nextTurn({ agent, session, max }, signal);
  if (hasNothing(core, waiter)) core.sessionAlarms.silence(session);
  else core.writer.write(agent, (tx) => begin(core, tx, waiter)).catch((error: unknown) => waiter.reject(error));
  return promise;
}

/** Whether a call only has to wait: known from memory, without a transaction. */
function hasNothing(core: Core, waiter: NextWaiter): boolean {
  const { agent, session } = waiter;
  if (core.idle.get(agent) !== session || core.waiters.of(agent).length > 1) return false;
  return core.writer.read((db) => core.backlogs.count({ db }, agent)) === 0;
}

function begin(core: Core, tx: Tx, waiter: NextWaiter): void {
  const { agent, session } = waiter;
  const turn = isIdle(core, tx, agent, session) ? null : actingSession(tx, session).turn;
  const rival = core.waiters.of(agent).find((other) => other.kind === 'next' && other !== waiter);
  if (rival) throw new HiveError('conflict', `session ${session} of ${agent} already waits for its next turn`);
  tx.afterCommit(() => core.sessionAlarms.silence(session));
  const running = turn === null ? undefined : findTurn(tx.db, turn);
  if (!running) return touch(core, tx, agent);
  if (running.phase !== 'leased')
    throw new HiveError('conflict', `turn ${running.id} of ${agent} is still running: end it first`);
  const answer = handOut(core, tx, running, listLeasedTo(tx.db, running.id));
  tx.afterCommit(() => waiter.resolve(answer));
}
