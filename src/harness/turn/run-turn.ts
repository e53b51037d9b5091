import type { Logger } from 'pino';
import type { Output } from '#src/protocol/method.ts';
import type { HarnessConfig } from '#src/protocol/methods/harness.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import type { Link } from '../link.ts';
import { emptyResult } from '../runtimes/runtime.ts';
import type { Runtime, TurnResult } from '../runtimes/runtime.ts';
import type { TurnEnd } from '../spool.ts';
import { wakePrompt } from '../wake-prompt.ts';
import { createActivityReport } from './activity-report.ts';
import { newTurn } from './current-turn.ts';
import type { CurrentTurn, TurnSlot } from './current-turn.ts';
import { createPresentedReport, presentedOf, unseenOf } from './presented-report.ts';

/** A turn ends after this long at the latest (DESIGN §10). */
const LONGEST_TURN_MS = 2 * 3_600_000;
const ERROR_CHARACTERS = 4000;

/** What `next` gives a harness: a turn and its deliveries. */
export type TurnStart = Output<typeof methods.next>;

/** What a turn is run with. */
export interface TurnParts {
  link: Pick<Link, 'call'>;
  runtime: Runtime;
  config: HarnessConfig;
  slot: TurnSlot;
  wakeTemplate: string;
  log: Logger;
  /** Aborted = the harness itself has to end. */
  signal: AbortSignal;
  /** Ends what the turn left running. */
  sweep: () => Promise<void>;
}

/** Runs one turn from its deliveries to what has to be reported; never throws. */
export async function runTurn(start: TurnStart, parts: TurnParts): Promise<TurnEnd> {
  const cancelled = new AbortController();
  const turn = newTurn(start.turn, (reason) => cancelled.abort(reason));
  const activity = createActivityReport(parts.link, turn);
  const presented = createPresentedReport(parts.link, start, turn);
  const tooLong = AbortSignal.timeout(LONGEST_TURN_MS);
  parts.slot.current = turn;
  activity.report('starting', null);
  const result = await parts.runtime
    .run({
      turn: start.turn,
      prompt: wakePrompt(parts.wakeTemplate, start),
      config: parts.config,
      signal: AbortSignal.any([cancelled.signal, parts.signal, tooLong]),
      onActivity: activity.report,
      onSeen: presented.report,
    })
    .catch((error: unknown) => failedRuntime(error, parts.log));
  activity.report('ending', null);
  await parts.sweep();
  await Promise.all([activity.end(), presented.end()]);
  parts.slot.current = undefined;
  if (tooLong.aborted) Object.assign(result, { outcome: 'failed', error: 'the turn took longer than 2 hours' });
  if (cancelled.signal.aborted) result.error = `cancelled: ${String(cancelled.signal.reason)}`;
  return toTurnEnd(start, result, turn);
}

function failedRuntime(error: unknown, log: Logger): TurnResult {
  log.error({ err: error }, 'the runtime broke');
  return emptyResult('failed', error instanceof Error ? error.message : String(error));
}

function toTurnEnd(start: TurnStart, result: TurnResult, turn: CurrentTurn): TurnEnd {
  return {
    turn: start.turn,
    outcome: result.outcome,
    presented: presentedOf(start, turn, result),
    unseen: unseenOf(start, turn, result),
    error: result.error?.slice(0, ERROR_CHARACTERS) ?? null,
    model: result.model,
    tokens: result.tokens,
    tools: result.tools,
    resume_at: result.resumeAt,
  };
}
