import type { Tx } from '../../db/index.ts';
import type { Core } from '../core.ts';
import { inBackground } from '../in-background.ts';
import { depthOf, findClaimable, lease } from '../deliveries/claim.ts';
import { TURNS_BATCH } from '../stores/agent-turn-store.ts';
import { findRunningTurn, insertTurn } from '../stores/turn-store.ts';
import { handOut } from './hand-out.ts';
import { isIdle, rememberHanded } from './handed.ts';
import { noteTurnsSoon } from './note-turns.ts';
import { takeMail } from './take-mail.ts';
import type { NextWaiter, RecvWaiter } from './waiters.ts';

/** Serves the calls that wait for an agent's mail, once per transaction and in the same one as what they get (FACTS/broker). */
export function touch(core: Core, tx: Tx, agent: string): void {
  if (core.waiters.has(agent)) tx.beforeCommit(`serve ${agent}`, (group) => serve(core, group, agent));
}

function serve(core: Core, tx: Tx, agent: string): void {
  for (const waiter of core.waiters.of(agent)) {
    if (waiter.kind === 'recv') serveRecv(core, tx, waiter);
    else serveNext(core, tx, waiter);
  }
}

function serveRecv(core: Core, tx: Tx, waiter: RecvWaiter): void {
  const over = waiter.turn !== null && findRunningTurn(tx.db, waiter.agent)?.id !== waiter.turn;
  const answer = over
    ? { messages: [], remaining: 0, note: `turn ${waiter.turn} is over`, earlier: [] }
    : takeMail(core, tx, waiter);
  if (over || answer.messages.length > 0 || answer.note !== null) tx.afterCommit(() => waiter.resolve(answer));
}

/** Leases the head of the queue to a new turn when something in it wakes. */
function serveNext(core: Core, tx: Tx, waiter: NextWaiter): void {
  const { agent, session, max } = waiter;
  if (core.holding.has(agent)) return;
  if (!isIdle(core, tx, agent, session)) return;
  const found = findClaimable(core, tx, agent, { max, bytes: core.settings.wakeBytes });
  const [first, ...others] = found.rows;
  if (!first && found.waitsUntil === null) return;
  if (!found.rows.some(({ wakes }) => wakes === 1) && !core.backlogs.wakes(tx, agent)) return;
  if (!first) return retryAt(core, tx, agent, found.waitsUntil ?? tx.now);
  const cause = `${first.kind} from ${first.sender}${others.length > 0 ? ` (+${others.length})` : ''}`;
  const takenUpTo = core.backlogs.latest;
  const turn = insertTurn(tx, { agent, session, cause, at: tx.now, depth: depthOf(found.rows), takenUpTo });
  rememberHanded(core, tx, { id: turn, agent, session }, lease(core, tx, found.rows, { session, turn }));
  tx.emit({ type: 'turn.started', agent, turn, cause });
  const started = { id: turn, agent, session_id: session, phase: 'leased', started_at: tx.now };
  if (turn % TURNS_BATCH === 0) tx.afterCommit(() => noteTurnsSoon(core));
  const answer = handOut(core, tx, started, found.rows);
  tx.afterCommit(() => waiter.resolve(answer));
}

/** Comes back when the head's back-off is over; armed only while a call waits. */
function retryAt(core: Core, tx: Tx, agent: string, at: number): void {
  tx.afterCommit(() => core.backOffAlarms.set(agent, at - tx.now, () => serveSoon(core, agent)));
}

/** Serves all calls that wait outside any other write. */
export function serveAllSoon(core: Core): void {
  for (const agent of new Set(core.waiters.all().map((waiter) => waiter.agent))) serveSoon(core, agent);
}

/** Serves an agent's waiting calls outside any other write. */
export function serveSoon(core: Core, agent: string): void {
  if (!core.waiters.has(agent)) return;
  const serving = core.writer.write(agent, (tx) => touch(core, tx, agent));
  inBackground(core, serving, 'waiting calls could not be served', { agent });
}
