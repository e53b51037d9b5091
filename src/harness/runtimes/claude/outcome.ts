import type { TurnOutcome } from '#src/protocol/shapes.ts';
import type { ResultEvent } from './events.ts';
import { textOf } from './events.ts';

/** A provider that names no time is asked again after this long, then after twice as long each time, up to the longest. */
const FIRST_PARK_MS = 60_000;
const LONGEST_PARK_MS = 30 * 60_000;

/** How a turn ended, by the CLI's structured result. */
export interface ClaudeOutcome {
  outcome: TurnOutcome;
  error: string | null;
  /** Rate limits: when to come back. */
  resumeAt: number | null;
}

/** What the stream knew beside the result. */
export interface OutcomeFacts {
  retryDelayMs: number;
  resetsAt: number | null;
  /** Turns in a row that ended at a limit before this one. */
  limits: number;
  now: number;
}

/**
 * Outcome of a result (table of FACTS/claude §3). Limits, overload and a provider that is down park the agent instead of counting against its messages.
 */
export function outcomeOf(result: ResultEvent, facts: OutcomeFacts): ClaudeOutcome {
  if (!result.is_error) return { outcome: 'ok', error: null, resumeAt: null };
  const error = errorText(result);
  const status = result.api_error_status ?? null;
  if (result.terminal_reason === 'prompt_too_long' || result.terminal_reason === 'blocking_limit') {
    return { outcome: 'context_full', error, resumeAt: null };
  }
  if (status === 401 || status === 403) return { outcome: 'needs_login', error, resumeAt: null };
  if (status === 429 || (status !== null && status >= 500)) {
    const pause = Math.min(FIRST_PARK_MS * 2 ** facts.limits, LONGEST_PARK_MS);
    const resumeAt = facts.resetsAt ?? facts.now + Math.max(facts.retryDelayMs, pause);
    return { outcome: 'rate_limited', error, resumeAt };
  }
  return { outcome: 'failed', error, resumeAt: null };
}

/** A session that the CLI does not know any more (`--resume` of an unknown id). */
export function isUnknownSession(result: ResultEvent): boolean {
  return result.is_error && /No conversation found/i.test(errorText(result));
}

function errorText(result: ResultEvent): string {
  const texts = [result.result ?? '', ...(result.errors ?? []).map((each) => textOf(each))].filter(
    (text) => text !== '',
  );
  return texts.join('\n') || `the model run ended with ${result.terminal_reason ?? 'an unknown error'}`;
}
