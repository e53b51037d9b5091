import type { z } from 'zod';

/** Which sockets offer a method: `operator` = host.sock, `web` = web.sock, `agent` = an agent's socket, `harness` = an agent's socket after `hello`. */
export type Caller = 'operator' | 'web' | 'agent' | 'harness';

/** A wire method: its name, who may call it, and the strict shapes of its input and output. */
export interface Method<
  I extends z.ZodType = z.ZodType,
  O extends z.ZodType = z.ZodType,
  S extends z.ZodType | undefined = z.ZodType | undefined,
> {
  cmd: string;
  /** Callers that may use it; everybody else gets `forbidden`. */
  callers: readonly Caller[];
  input: I;
  output: O;
  /** After its answer the connection gets `{"event":…}` frames until it closes; the shape of one event. */
  stream?: S;
  /** Web may call it without a signed-in person's session (only the sign-in itself). */
  anonymous?: boolean;
}

/** Declares a method; only a shape check for the compiler. */
export function method<I extends z.ZodType, O extends z.ZodType, S extends z.ZodType | undefined = undefined>(
  definition: Method<I, O, S>,
): Method<I, O, S> {
  return definition;
}

/** What a caller passes to a method. */
export type Input<M extends Method> = z.input<M['input']>;
/** What a method's handler receives after parsing. */
export type Parsed<M extends Method> = z.output<M['input']>;
/** What a method answers. */
export type Output<M extends Method> = z.output<M['output']>;
/** One pushed event of a streaming method, as its receiver gets it. */
export type StreamEvent<M extends Method> =
  NonNullable<M['stream']> extends infer S extends z.ZodType ? z.output<S> : never;
