import { HiveError } from '#src/lib/errors.ts';
import type { Caller } from '#src/protocol/method.ts';
import type { Principal } from './api.ts';

/** Which kind of caller a connection is right now: an agent's connection becomes `harness` once `hello` bound it. */
export function callerOf(principal: Principal): Caller {
  if (principal.kind === 'agent') return principal.session === null ? 'agent' : 'harness';
  return principal.kind;
}

/** Whose words a call's are: an agent's name, or `operator` for the CLI and for a signed-in person. */
export function speaker(principal: Principal): string {
  return principal.kind === 'agent' ? principal.name : 'operator';
}

/** The agent a call comes from; only for methods that agents alone may call. */
export function callingAgent(principal: Principal): string {
  if (principal.kind !== 'agent') throw new HiveError('forbidden', 'only an agent may call this');
  return principal.name;
}

/** The session a harness's connection is bound to; only for methods of harnesses. */
export function callingSession(principal: Principal): number {
  if (principal.kind !== 'agent' || principal.session === null) {
    throw new HiveError('forbidden', 'only a harness may call this: say hello first');
  }
  return principal.session;
}
