import type { Turn, TurnOutcome } from '#src/protocol/shapes.ts';
import { compact, oneLine, plain } from './text.ts';
import { duration, timeView } from './time.ts';
import type { TimeView } from './time.ts';

/** One turn of the timeline. */
export interface TurnView {
  id: number;
  cause: string;
  started: TimeView;
  running: boolean;
  duration: string;
  outcome: { word: string; tone: string; icon: string };
  error: string | null;
  model: string | null;
  tools: { name: string; times: number }[];
  tokens: string;
  tokensTitle: string;
}

const OUTCOMES: Record<TurnOutcome, TurnView['outcome']> = {
  ok: { word: 'ok', tone: 'good', icon: 'check' },
  failed: { word: 'failed', tone: 'bad', icon: 'circle-x' },
  cancelled: { word: 'cancelled', tone: 'quiet', icon: 'circle-x' },
  rate_limited: { word: 'rate limited', tone: 'held', icon: 'clock' },
  needs_login: { word: 'needs login', tone: 'needs', icon: 'key-round' },
  context_full: { word: 'context full', tone: 'held', icon: 'inbox' },
  over_budget: { word: 'over budget', tone: 'held', icon: 'cpu' },
  lost: { word: 'lost', tone: 'bad', icon: 'triangle-alert' },
};
const RUNNING = { word: 'running', tone: 'good', icon: 'activity' };

/** A turn as the agent's page shows it, seen from `now`. */
export function turnView(turn: Turn, now: number): TurnView {
  const { input, output, cache_read, cache_write } = turn.tokens;
  const all = input + output + cache_read + cache_write;
  return {
    id: turn.id,
    cause: oneLine(turn.cause, 160),
    started: timeView(turn.started_at, now),
    running: turn.ended_at === null,
    duration: duration((turn.ended_at ?? now) - turn.started_at),
    outcome: turn.outcome === null ? RUNNING : OUTCOMES[turn.outcome],
    error: turn.error === null ? null : plain(turn.error).slice(0, 2000),
    model: turn.model,
    tools: Object.entries(turn.tools).map(([name, times]) => ({
      name: oneLine(name.replace(/^mcp__hive__/, ''), 60),
      times,
    })),
    tokens: all === 0 ? '' : compact(all),
    tokensTitle: `${input} in, ${output} out, ${cache_read} from cache, ${cache_write} to cache`,
  };
}
