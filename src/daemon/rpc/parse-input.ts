import type { z } from 'zod';
import { HiveError } from '#src/lib/errors.ts';
import { problemsOf } from '#src/lib/shape-problems.ts';
import type { Method } from '#src/protocol/method.ts';
import type { Principal } from './api.ts';

/** Fields whose values are never repeated in a message. */
const SECRET_FIELDS = new Set(['value', 'nonce', 'session', 'flow', 'query']);

/** Verbs of the reference's published protocol: its clients may send fields that we do not know (FACTS/host-protocol). */
const REFERENCE_VERBS = new Set([
  'list',
  'agent_status',
  'urls',
  'set_paused',
  'start',
  'stop',
  'restart',
  'kill',
  'destroy',
]);

/** Parses a call's fields; throws `invalid` with one sentence. Unknown fields are dropped for the operator's reference verbs and refused elsewhere. */
export function parseInput(method: Method, fields: Record<string, unknown>, principal: Principal): unknown {
  const tolerant = principal.kind === 'operator' && REFERENCE_VERBS.has(method.cmd);
  const first = method.input.safeParse(fields);
  if (first.success) return first.data;
  const known = tolerant ? withoutUnknown(fields, first.error) : fields;
  const second = tolerant ? method.input.safeParse(known) : first;
  if (second.success) return second.data;
  throw new HiveError('invalid', `${method.cmd}: ${problemsOf(method.input, known, SECRET_FIELDS).join('; ')}`);
}

function withoutUnknown(fields: Record<string, unknown>, error: z.ZodError): Record<string, unknown> {
  const copy = structuredClone(fields);
  for (const issue of error.issues) {
    if (issue.code !== 'unrecognized_keys') continue;
    const holder = issue.path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)[key], copy);
    for (const key of issue.keys) delete (holder as Record<string, unknown>)[key];
  }
  return copy;
}
