import type { Parsed } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import type { TurnEndRow } from '../stores/turn-store.ts';

/** What a harness's report says of the turn itself. */
export function turnResult(input: Parsed<(typeof methods)['turnEnd']>): Omit<TurnEndRow, 'id' | 'outcome'> {
  const none = { input: 0, output: 0, cache_read: 0, cache_write: 0 };
  return { error: input.error, model: input.model, tokens: input.tokens ?? none, tools: input.tools };
}
