/** The closed set of error codes every edge maps once: RPC frames, HTML pages, MCP results, exit codes. */
export const ERROR_CODES = [
  'not_found',
  'conflict',
  'invalid',
  'forbidden',
  'unavailable',
  'limited',
  'internal',
] as const;

/** One of {@link ERROR_CODES}. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/** Details of an error: `retry` says whether the same call may succeed later, `cause` is what an outsider said. */
export interface HiveErrorOptions {
  retry?: boolean;
  cause?: unknown;
}

/** An error a person or an agent may read: the message names the value that was wrong and what to do. */
export class HiveError extends Error {
  readonly code: ErrorCode;
  readonly retry: boolean;

  constructor(code: ErrorCode, message: string, options: HiveErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'HiveError';
    this.code = code;
    this.retry = options.retry ?? code === 'unavailable';
  }
}

/** Turns anything thrown into a {@link HiveError}; what was none becomes `internal` and keeps its cause. */
export function toHiveError(error: unknown): HiveError {
  if (error instanceof HiveError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new HiveError('internal', message, { cause: error });
}
