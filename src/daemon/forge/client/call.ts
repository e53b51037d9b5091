import type { z } from 'zod';
import { HiveError } from '#src/lib/errors.ts';
import type { ErrorCode } from '#src/lib/errors.ts';

/** What gitea-js resolves with; a non-2xx answer is thrown instead (as a `Response`, not as an error). */
interface Answer {
  data: unknown;
}

const CODES: Record<number, ErrorCode> = {
  400: 'invalid',
  401: 'unavailable', // seen near restarts with credentials that are right (FACTS/gitea §11)
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  412: 'conflict',
  422: 'invalid',
  429: 'limited',
};

/** Awaits `request` and answers the parts of its result that `schema` names. Throws {@link HiveError}; `what` says what was tried. */
export async function get<T>(what: string, schema: z.ZodType<T>, request: Promise<Answer>): Promise<T> {
  const answer = await answered(what, request);
  const parsed = schema.safeParse(answer.data);
  if (parsed.success) return parsed.data;
  throw new HiveError('internal', `${what}: the forge answered something else than expected`, { cause: parsed.error });
}

/** Like {@link get}, but what does not exist is undefined. */
export async function find<T>(what: string, schema: z.ZodType<T>, request: Promise<Answer>): Promise<T | undefined> {
  try {
    return await get(what, schema, request);
  } catch (error) {
    if (error instanceof HiveError && error.code === 'not_found') return undefined;
    throw error;
  }
}

/** Awaits a call without a result. Throws {@link HiveError}. */
export async function done(what: string, request: Promise<Answer>): Promise<void> {
  await answered(what, request);
}

async function answered(what: string, request: Promise<Answer>): Promise<Answer> {
  try {
    return await request;
  } catch (error) {
    throw refusal(what, error);
  }
}

function refusal(what: string, error: unknown): HiveError {
  if (!isResponse(error))
    return new HiveError('unavailable', `${what}: the forge does not answer`, { cause: error, retry: true });
  const code = CODES[error.status] ?? (error.status >= 500 ? 'unavailable' : 'internal');
  const reason = error.error?.message ?? 'no reason given';
  return new HiveError(code, `${what}: the forge refused with ${error.status}: ${reason}`, { cause: error.error });
}

function isResponse(error: unknown): error is { status: number; error: { message?: string } | null } {
  return typeof error === 'object' && error !== null && typeof (error as { status?: unknown }).status === 'number';
}
