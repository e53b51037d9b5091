import type { MeteredUsage } from '#src/protocol/usage.ts';

/** Tokens of one call, by kind. */
export type CallUsage = Pick<MeteredUsage, 'input' | 'output' | 'cacheRead' | 'cacheWrite' | 'complete'>;

/** Roughly how many characters one token has: for what a provider will charge but did not say. */
const CHARACTERS_PER_TOKEN = 4;

/** Adds up what a provider says about one call; Anthropic's numbers are cumulative, so the latest of each kind counts. */
export interface UsageMeter {
  /** One event of a stream, parsed. */
  event(event: unknown): void;
  /** The whole answer of a call that was not streamed. */
  answer(body: unknown): void;
  /** What is known so far. A stream that was cut is charged for the text that came. */
  usage(): CallUsage;
}

/** `requestCharacters` stands in for the input of a call that was cut before the provider counted it. */
export function createUsageMeter(requestCharacters: number): UsageMeter {
  let counted: Partial<Record<string, number>> | undefined;
  let characters = 0;
  let complete = false;
  const take = (usage: unknown): void => {
    const entries = Object.entries(asObject(usage)).filter(([, value]) => Number.isSafeInteger(value));
    if (entries.length > 0) counted = { ...counted, ...(Object.fromEntries(entries) as Record<string, number>) };
  };
  return {
    event(event) {
      const { type, message, usage, delta } = asObject(event);
      if (type === 'message_start') take(asObject(message).usage);
      if (type === 'message_delta') take(usage);
      if (type === 'content_block_delta') characters += textLength(asObject(delta));
      if (type === 'message_stop') complete = true;
    },
    answer(body) {
      take(asObject(body).usage);
      complete = true;
    },
    usage() {
      const estimate = complete ? 0 : tokensOf(characters);
      return {
        input: counted?.input_tokens ?? tokensOf(requestCharacters),
        output: Math.max(counted?.output_tokens ?? 0, estimate),
        cacheRead: counted?.cache_read_input_tokens ?? 0,
        cacheWrite: counted?.cache_creation_input_tokens ?? 0,
        complete,
      };
    },
  };
}

function tokensOf(characters: number): number {
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}

function textLength(delta: Record<string, unknown>): number {
  return [delta.text, delta.partial_json, delta.thinking].reduce<number>(
    (sum, text) => sum + (typeof text === 'string' ? text.length : 0),
    0,
  );
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
