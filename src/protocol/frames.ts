import { z } from 'zod';
import { ERROR_CODES } from '#src/lib/errors.ts';

/** The wire schema's number: rises only when a field is removed, renamed or retyped (FACTS/host-protocol). */
export const PROTOCOL_VERSION = 1;

/** Longest frame in bytes, newline included (DESIGN §5). */
export const MAX_FRAME_BYTES = 1024 * 1024;

/** The caller's own number or name of a request, echoed in everything that answers it. Not `id`: methods have fields of that name. */
const call = z.union([z.number().int(), z.string().max(64)]);

/** A request: `cmd` and its fields flat beside it; `session` carries a person's sign-in on the web socket. */
export const requestFrame = z.looseObject({
  call: call.optional(),
  cmd: z.string().max(64),
  session: z.string().max(128).optional(),
});
export type RequestFrame = z.infer<typeof requestFrame>;

/** A good answer: the method's output flat beside `version` and `ok`. */
export const okFrame = z.looseObject({
  call: call.optional(),
  version: z.number(),
  ok: z.literal(true),
});

/** A refusal. */
export const errorFrame = z.object({
  call: call.optional(),
  version: z.number().optional(),
  ok: z.literal(false),
  code: z.enum(ERROR_CODES),
  error: z.string(),
  retry: z.boolean().optional(),
});
export type ErrorFrame = z.infer<typeof errorFrame>;

/** What a streaming method pushes after its first answer; `call` is the request's. */
export const eventFrame = z.object({
  call: call.optional(),
  event: z.looseObject({ type: z.string() }),
});

/** What one connection on an agent's socket carries; its first line names it (DESIGN §5). */
export const agentService = z.enum(['rpc', 'forge', 'model', 'egress']);
export type AgentService = z.infer<typeof agentService>;

/** The first line of a connection on an agent's socket; the answer is `{"ok":true}` or an error frame. */
export const serviceLine = z.object({ hive: z.literal(1), service: agentService });
