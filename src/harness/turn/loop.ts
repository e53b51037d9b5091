import type { Logger } from 'pino';
import { HiveError } from '#src/lib/errors.ts';
import { methods } from '#src/protocol/methods/index.ts';
import type { Link } from '../link.ts';
import type { Spool, TurnEnd } from '../spool.ts';
import type { TurnStart } from './run-turn.ts';

/** What the loop is made of. */
export interface LoopParts {
  link: Pick<Link, 'call'>;
  spool: Spool;
  log: Logger;
  runTurn: (start: TurnStart) => Promise<TurnEnd>;
  /** Messages that the next turn begins with at most, as far as they are small (the daemon's `wakeBytes`); more are a `recv` away. */
  burst: () => number;
}

/** next → turn → report, until `stop` aborts; a turn that runs is ended and reported first. Throws when the daemon refuses the session. */
export async function turnLoop({ link, spool, log, runTurn, burst }: LoopParts, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const start = await nextTurn(link, burst(), stop);
    if (!start) return;
    log.info({ turn: start.turn, deliveries: start.deliveries.length }, 'turn started');
    const end = await runTurn(start);
    log.info({ turn: end.turn, outcome: end.outcome, presented: end.presented }, 'turn ended');
    await spool.put(end);
    await reportEnd(link, spool, end, stop);
  }
}

async function nextTurn(link: Pick<Link, 'call'>, max: number, stop: AbortSignal): Promise<TurnStart | undefined> {
  try {
    // What ended before was reported: nothing has to be said first.
    const options = { signal: stop, budgetMs: Infinity, withHello: true };
    return (await link.call(methods.next, { max }, options)).value;
  } catch (error) {
    if (stop.aborted) return undefined;
    throw error;
  }
}

/** Tells the daemon of a spooled end until it knows; when the harness has to end first, the spool tells its successor. */
async function reportEnd(link: Pick<Link, 'call'>, spool: Spool, end: TurnEnd, stop: AbortSignal): Promise<void> {
  const budgetMs = stop.aborted ? 2000 : Infinity;
  try {
    await link.call(methods.turnEnd, end, { budgetMs, ...(stop.aborted ? {} : { signal: stop }) });
    await spool.remove(end.turn);
  } catch (error) {
    if (!(error instanceof HiveError) || error.retry) return;
    await spool.remove(end.turn);
  }
}
