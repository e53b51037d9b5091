import { z } from 'zod';

const block = z.looseObject({
  type: z.string(),
  id: z.string().optional(),
  name: z.string().optional(),
  input: z.record(z.string(), z.unknown()).optional(),
  tool_use_id: z.string().optional(),
  content: z.unknown().optional(),
  is_error: z.boolean().optional(),
});
const message = z.looseObject({ content: z.union([z.string(), z.array(block)]).optional() });
const count = z.number().catch(0);

/** Part of an assistant's or user's message. */
export type Block = z.infer<typeof block>;

/** The end of one run of the model (FACTS/claude §3): decide by `is_error`, `terminal_reason` and `api_error_status`, never by `subtype`. */
export const resultEvent = z.looseObject({
  type: z.literal('result'),
  is_error: z.boolean().catch(true),
  terminal_reason: z.string().nullish(),
  api_error_status: z.number().nullish(),
  result: z.string().nullish(),
  errors: z.array(z.unknown()).nullish(),
  usage: z
    .looseObject({
      input_tokens: count,
      output_tokens: count,
      cache_read_input_tokens: count,
      cache_creation_input_tokens: count,
    })
    .nullish(),
});
export type ResultEvent = z.infer<typeof resultEvent>;

const systemEvent = z.looseObject({
  type: z.literal('system'),
  subtype: z.string(),
  model: z.string().optional(),
  session_id: z.string().optional(),
  mcp_servers: z.array(z.looseObject({ name: z.string(), status: z.string() })).optional(),
  tasks: z.array(z.unknown()).optional(),
  retry_delay_ms: z.number().optional(),
});

const rateLimitEvent = z.looseObject({
  type: z.literal('rate_limit_event'),
  rate_limit_info: z.looseObject({ status: z.string().optional(), resetsAt: z.number().nullish() }),
});

/** What the Claude Code CLI prints with `--output-format stream-json`, as far as the hive reads it; everything else is dropped. */
export const claudeEvent = z.discriminatedUnion('type', [
  systemEvent,
  resultEvent,
  rateLimitEvent,
  z.object({ type: z.literal('stream_event') }),
  z.looseObject({ type: z.literal('assistant'), message }),
  z.looseObject({ type: z.literal('user'), message, isReplay: z.boolean().optional() }),
]);
export type ClaudeEvent = z.infer<typeof claudeEvent>;

/** The blocks of a message; a plain text has none that matter here. */
export function blocksOf(event: Extract<ClaudeEvent, { type: 'assistant' | 'user' }>): Block[] {
  const { content } = event.message;
  return Array.isArray(content) ? content : [];
}

/** A block's text, whether it came as such or as text parts. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: { text?: unknown }) => (typeof part?.text === 'string' ? part.text : '')).join('\n');
}
