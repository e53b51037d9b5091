import { HiveError } from '#src/lib/errors.ts';
import type { Output, Parsed } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import type { TurnOutcome } from '#src/protocol/shapes.ts';
import type { Tx } from '../../db/index.ts';
import type { Core } from '../core.ts';
import { endLease } from '../deliveries/end-lease.ts';
import { backOffFor } from '../settings.ts';
import { expectPoll } from '../sessions/watch.ts';
import { listOpenLeases } from '../stores/lease-store.ts';
import type { EndedLease, LeaseOutcome, OpenLease } from '../stores/lease-store.ts';
import { endTurn, findEndingTurn } from '../stores/turn-store.ts';
import type { EndingTurn } from '../stores/turn-store.ts';
import { agentOf } from './harness-session.ts';
import { endLate } from './late-end.ts';
import { warnOfForeign } from './presented.ts';
import { findHanded, forgetHanded, rememberIdle, takesTurns } from './handed.ts';
import { turnResult } from './turn-result.ts';
import { touch } from './serve.ts';

type TurnEnd = (typeof methods)['turnEnd'];

/** Outcomes after which the agent gets no turn until somebody releases it. */
const HOLDING: readonly TurnOutcome[] = ['rate_limited', 'needs_login', 'over_budget'];
/** Outcomes of a runtime that failed: they count as an attempt (DESIGN §6). */
const FAILING: readonly TurnOutcome[] = ['failed', 'context_full'];

/** Ends a turn as its harness reports it; the same report again answers the same. */
export function turnEnd(core: Core, session: number, input: Parsed<TurnEnd>): Promise<Output<TurnEnd>> {
  const agent = agentOf(core, session);
  return core.writer.write(agent, (tx) => {
    if (input.outcome === 'lost') throw new HiveError('invalid', 'a harness cannot report the outcome "lost"');
    const handed = findHanded(core, agent, session, input.turn);
    const turn = handed ?? reportedTurn(tx, session, agent, input);
    const leases =
      turn.ended_at === null ? endRunning(core, tx, turn, input, handed?.leases) : endLate(core, tx, turn, input);
    const acked = leases.filter((lease) => lease.outcome === 'acked');
    const requeued = leases.filter((lease) => lease.outcome !== 'acked');
    return { acked: acked.map((lease) => lease.delivery), requeued: requeued.map((lease) => lease.delivery) };
  });
}

/** A harness may also report a turn of an earlier session of its agent: it spools ends that it could not tell. */
function reportedTurn(tx: Tx, session: number, agent: string, input: Parsed<TurnEnd>): EndingTurn {
  const turn = findEndingTurn(tx.db, input.turn);
  if (!turn || turn.agent !== agent) throw new HiveError('not_found', `${agent} has no turn ${input.turn}`);
  if (turn.session_id !== session && turn.session_state !== 'ended')
    throw new HiveError('conflict', `turn ${turn.id} belongs to another session of ${agent}`);
  return turn;
}

/** Answers what became of the leases; what the report calls presented is presented. */
function endRunning(
  core: Core,
  tx: Tx,
  turn: EndingTurn,
  input: Parsed<TurnEnd>,
  held: readonly OpenLease[] = listOpenLeases(tx.db, turn.id),
): EndedLease[] {
  const { outcome } = input;
  forgetHanded(core, turn.agent);
  const failing = FAILING.includes(outcome);
  const failures = failing ? (core.failures.get(turn.agent) ?? 0) + 1 : 0;
  const cause = `turn ${turn.id} ended "${outcome}"${input.error ? `: ${input.error}` : ''}`;
  const pause = failing ? backOffFor(core.settings, failures) : 0;
  const ended = held.map((lease) => {
    const presented = lease.presented || input.presented.includes(lease.delivery);
    const mayBeSeen = presented || !input.unseen?.includes(lease.delivery);
    const end = { outcome: leaseOutcome(outcome, presented, mayBeSeen), turn: turn.id, cause, pause };
    endLease(core, tx, { ...lease, presented }, end);
    return { delivery: lease.delivery, outcome: end.outcome };
  });
  for (const delivery of input.presented)
    if (!held.some((lease) => lease.delivery === delivery)) warnOfForeign(core, tx, turn.agent, delivery);
  endTurn(tx, { ...turnResult(input), id: turn.id, outcome });
  tx.emit({ type: 'turn.ended', agent: turn.agent, turn: turn.id, outcome });
  const goesOn = takesTurns(core, turn.session_id, turn.session_state);
  if (goesOn) rememberIdle(core, tx, turn.agent, turn.session_id);
  touch(core, tx, turn.agent);
  if (HOLDING.includes(outcome)) core.holding.add(turn.agent);
  tx.afterCommit(() => {
    core.failures.set(turn.agent, failures);
    core.cancelled.delete(turn.id);
    if (goesOn) expectPoll(core, turn.session_id);
    core.hooks.turnOutcome(turn.agent, outcome, input.resume_at);
  });
  return ended;
}

/** What was neither told as presented nor as unseen may have been seen: nobody knows, so it is no attempt, but it comes again marked. */
function leaseOutcome(outcome: TurnOutcome, presented: boolean, mayBeSeen: boolean): LeaseOutcome {
  if (!presented) return mayBeSeen ? 'interrupted' : 'returned';
  if (outcome === 'ok') return 'acked';
  return FAILING.includes(outcome) ? 'failed' : 'interrupted';
}
