import type { TurnPhase } from '#src/protocol/methods/harness.ts';
import type { Tokens } from '#src/protocol/shapes.ts';
import { deliveriesIn } from '../../mcp/inbox-page.ts';
import { NO_TOKENS } from '../runtime.ts';
import { toolActivity } from './activity.ts';
import { blocksOf, textOf } from './events.ts';
import type { Block, ClaudeEvent, ResultEvent } from './events.ts';

const RECV_TOOL = 'mcp__hive__recv';

/** What the stream of one turn told so far. */
export interface Transcript {
  /** The prompt was read: the CLI echoed it, or answered. */
  consumed: boolean;
  model: string | null;
  tokens: Tokens;
  tools: Record<string, number>;
  /** Deliveries in good results of `recv`. */
  seen: number[];
  /** Calls without a result yet, by id. */
  pending: Map<string, { tool: string; activity: string }>;
  /** Background tasks that still run: a further result follows. */
  background: number;
  /** The last result since the last prompt. */
  result: ResultEvent | undefined;
  /** The longest pause before a retry that the CLI announced, ms. */
  retryDelayMs: number;
  /** When the provider says that its limit is over, epoch ms. */
  resetsAt: number | null;
}

/** A stream of which nothing was read. */
export function newTranscript(): Transcript {
  return {
    consumed: false,
    model: null,
    tokens: NO_TOKENS,
    tools: {},
    seen: [],
    pending: new Map(),
    background: 0,
    result: undefined,
    retryDelayMs: 0,
    resetsAt: null,
  };
}

/** Takes one event into the transcript and answers what the turn does now. */
export function takeEvent(transcript: Transcript, event: ClaudeEvent): { phase: TurnPhase; activity: string | null } {
  if (event.type === 'system') takeSystem(transcript, event);
  else if (event.type === 'rate_limit_event') takeRateLimit(transcript, event);
  else if (event.type === 'result') takeResult(transcript, event);
  else if (event.type !== 'stream_event') {
    transcript.consumed = true;
    for (const block of blocksOf(event)) takeBlock(transcript, block);
  }
  const [call] = transcript.pending.values();
  if (call) return { phase: 'tool', activity: call.activity };
  if (!transcript.result) return { phase: 'model', activity: null };
  return transcript.background > 0
    ? { phase: 'tool', activity: 'background work' }
    : { phase: 'ending', activity: null };
}

function takeSystem(transcript: Transcript, event: Extract<ClaudeEvent, { type: 'system' }>): void {
  if (event.subtype === 'init') {
    transcript.model = event.model ?? transcript.model;
    transcript.result = undefined;
  }
  if (event.subtype === 'background_tasks_changed') transcript.background = event.tasks?.length ?? 0;
  if (event.subtype === 'api_retry') {
    transcript.retryDelayMs = Math.max(transcript.retryDelayMs, event.retry_delay_ms ?? 0);
  }
}

function takeRateLimit(transcript: Transcript, event: Extract<ClaudeEvent, { type: 'rate_limit_event' }>): void {
  const { status, resetsAt } = event.rate_limit_info;
  if (status === 'rejected' && resetsAt) transcript.resetsAt = resetsAt * 1000;
}

function takeResult(transcript: Transcript, event: ResultEvent): void {
  const { usage } = event;
  transcript.result = event;
  transcript.pending.clear();
  if (!event.is_error) transcript.consumed = true;
  if (!usage) return;
  const before = transcript.tokens;
  transcript.tokens = {
    input: before.input + usage.input_tokens,
    output: before.output + usage.output_tokens,
    cache_read: before.cache_read + usage.cache_read_input_tokens,
    cache_write: before.cache_write + usage.cache_creation_input_tokens,
  };
}

function takeBlock(transcript: Transcript, block: Block): void {
  if (block.type === 'tool_use' && block.id && block.name) {
    const tool = block.name;
    transcript.tools[tool] = (transcript.tools[tool] ?? 0) + 1;
    transcript.pending.set(block.id, { tool, activity: toolActivity(tool, block.input ?? {}) });
  }
  if (block.type !== 'tool_result' || !block.tool_use_id) return;
  const call = transcript.pending.get(block.tool_use_id);
  transcript.pending.delete(block.tool_use_id);
  if (call?.tool === RECV_TOOL && !block.is_error) transcript.seen.push(...deliveriesIn(textOf(block.content)));
}
