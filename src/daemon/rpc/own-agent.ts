import { HiveError } from '#src/lib/errors.ts';
import type { Principal } from './api.ts';

/** Whom a call is about: an agent itself, for a person the agent that it names (none = everybody). Throws `forbidden` when an agent names another one. */
export function ownAgent(principal: Principal, named: string | undefined): string | undefined {
  if (principal.kind !== 'agent') return named;
  if (named === undefined || named === principal.name) return principal.name;
  throw new HiveError('forbidden', `an agent may name itself only: leave out agent "${named}"`);
}
