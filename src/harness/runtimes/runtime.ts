import type { HarnessConfig, TurnPhase } from '#src/protocol/methods/harness.ts';
import type { Tokens, TurnOutcome } from '#src/protocol/shapes.ts';

/** One turn as a runtime gets it. */
export interface TurnOrder {
  turn: number;
  /** The wake prompt. */
  prompt: string;
  config: HarnessConfig;
  /** Aborted = end the turn now: it was cancelled, the agent stops, or it took too long. */
  signal: AbortSignal;
  /** Every event of the runtime: what it does now. */
  onActivity: (phase: TurnPhase, activity: string | null) => void;
  /** What it provably got so far; called as often as it likes. */
  onSeen: (seen: Seen) => void;
}

/** What a runtime provably got. */
export interface Seen {
  /** It read the wake prompt. */
  consumed: boolean;
  /** Ids of deliveries that it saw in good results of the `recv` tool. */
  seen: number[];
}

/** How a turn went. */
export interface TurnResult extends Seen {
  outcome: TurnOutcome;
  /** `consumed` and `seen` are all that it got; false = it may have got more, and nobody can tell. */
  toldAll: boolean;
  error: string | null;
  model: string | null;
  tokens: Tokens;
  /** Calls by tool. */
  tools: Record<string, number>;
  /** Rate limits: when to come back, epoch milliseconds. */
  resumeAt: number | null;
}

/** What thinks. One per harness; turns come one after another. */
export interface Runtime extends AsyncDisposable {
  /** Runs one turn to its end; never throws for what the runtime did wrong, that is an outcome. */
  run(order: TurnOrder): Promise<TurnResult>;
  /** Processes that stay warm after a turn. */
  warmPids(): number[];
}

/** Of a turn that asked no model. */
export const NO_TOKENS: Tokens = { input: 0, output: 0, cache_read: 0, cache_write: 0 };

/** A result in which nothing happened, to start from. */
export function emptyResult(outcome: TurnOutcome, error: string | null = null): TurnResult {
  const nothing = { consumed: false, seen: [], toldAll: true };
  return { outcome, ...nothing, error, model: null, tokens: NO_TOKENS, tools: {}, resumeAt: null };
}
