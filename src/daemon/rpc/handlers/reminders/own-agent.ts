import { HiveError } from '#src/lib/errors.ts';
import type { Context, Principal } from '../../api.ts';
import { speaker } from '../../principal.ts';

/** Whose reminders a call is about: an agent's own, or the one that a person names (none = everybody's). Throws `forbidden`, or `not_found`. */
export function meantAgent(context: Context, principal: Principal, named: string | undefined): string | undefined {
  if (principal.kind !== 'agent') return named === undefined ? undefined : context.agents.get(named).name;
  const own = speaker(principal);
  if (named === undefined || named === own) return own;
  throw new HiveError('forbidden', `an agent has reminders of its own only: leave out agent "${named}"`);
}
