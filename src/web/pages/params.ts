import { HiveError } from '#src/lib/errors.ts';
import { agentNameProblem } from '#src/protocol/names.ts';

/** An agent's name from an address; what cannot be one names nothing. */
export function named(name: string | undefined): string {
  if (name === undefined || agentNameProblem(name)) throw new HiveError('not_found', 'there is no agent of that name');
  return name;
}

/** A row's number from an address; what cannot be one names nothing. */
export function numbered(id: string | undefined, what: string): number {
  if (id === undefined || !/^[1-9]\d{0,14}$/.test(id)) throw new HiveError('not_found', `there is no such ${what}`);
  return Number(id);
}

/** Where a form's answer goes back to: a path of the dashboard, `/` when the form names anything else. */
export function localPath(path: unknown): string {
  return typeof path === 'string' && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,300}$/.test(path) ? path : '/';
}
