import { type HiveError, toHiveError } from '#src/lib/errors.ts';
import { PROTOCOL_VERSION, type RequestFrame } from '#src/protocol/frames.ts';

type CallId = RequestFrame['call'];

/** What is sent for a call that went well: the method's output flat beside `version` and `ok`. */
export function okReply(call: CallId, output: Record<string, unknown>): Record<string, unknown> {
  return { ...output, ...(call !== undefined && { call }), version: PROTOCOL_VERSION, ok: true };
}

/** What is sent for a call that was refused or failed. `internal` errors keep their details in the log. */
export function errorReply(call: CallId, thrown: unknown): Record<string, unknown> {
  const error: HiveError = toHiveError(thrown);
  const text =
    error.code === 'internal' ? `the daemon failed: ${error.message} (its log has the details)` : error.message;
  return {
    ...(call !== undefined && { call }),
    version: PROTOCOL_VERSION,
    ok: false,
    code: error.code,
    error: text,
    ...(error.retry && { retry: true }),
  };
}

/** What a streaming call pushes after its answer. */
export function eventPush(call: CallId, event: unknown): Record<string, unknown> {
  return { ...(call !== undefined && { call }), event };
}
