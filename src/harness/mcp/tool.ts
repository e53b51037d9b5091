import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { Input, Method, Output } from '#src/protocol/method.ts';
import { retryNote } from '#src/protocol/retry.ts';
import type { Link } from '../link.ts';
import type { TurnSlot } from '../turn/current-turn.ts';

/** What tools stand on. */
export interface ToolContext {
  link: Pick<Link, 'call'>;
  slot: TurnSlot;
}

/** One call of a tool by the model. */
export interface ToolCall extends ToolContext {
  /** The same for every repetition of this one call, so that it takes effect once. */
  key: string;
  /** The running turn; missing when something calls outside of one. */
  turn: number | undefined;
  /** Aborted when the model's side gave up on the call. */
  signal: AbortSignal;
}

/** What a client may rely on without asking (MCP's annotations): for the model's own repeated calls, not for the repetitions that `key` makes safe. */
export interface Hints {
  /** Changes nothing. */
  readOnlyHint: boolean;
  /** Takes something away. */
  destructiveHint: boolean;
  /** The same call again changes nothing more. */
  idempotentHint: boolean;
  /** Reaches beyond the hive. */
  openWorldHint: boolean;
}

/** A tool of the hive: one per file. */
export interface Tool<S extends z.ZodRawShape = z.ZodRawShape> {
  name: string;
  /** For the model: when to use it, what comes back, what next. */
  description: string;
  input: S;
  hints: Hints;
  /** The result's text, below 16 KiB; a thrown HiveError becomes an error result with its message. */
  run(input: z.output<z.ZodObject<S>>, call: ToolCall): Promise<string>;
}

/** Checks a tool's types where it is declared. */
export function tool<S extends z.ZodRawShape>(definition: Tool<S>): Tool<S> {
  return definition;
}

/** Calls the hive for a tool; `note` says that it had to be repeated, empty when not. */
export async function callHive<M extends Method>(
  call: ToolCall,
  method: M,
  input: Input<M>,
): Promise<{ output: Output<M>; note: string }> {
  const { value, retries } = await call.link.call(method, input, { signal: call.signal });
  return { output: value, note: retryNote(retries) };
}

/** `key` and `turn` as every mutating method takes them. */
export function keyed({ key, turn }: ToolCall): { key: string; turn?: number } {
  return turn === undefined ? { key } : { key, turn };
}

/** The key of a call: its own id in the runtime's stream when the runtime tells it, so that a repeated call is the same one. */
export function callKey(turn: number | undefined, toolUse: unknown): string {
  return typeof toolUse === 'string' && toolUse !== '' ? `turn-${turn ?? 0}:${toolUse}`.slice(0, 128) : randomUUID();
}

/** Joins a result's parts, the empty ones left out. */
export function lines(...parts: (string | null | undefined)[]): string {
  return parts.filter((part) => part !== null && part !== undefined && part !== '').join('\n');
}
