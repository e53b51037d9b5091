import type { Logger } from 'pino';
import { HiveError, toHiveError } from '#src/lib/errors.ts';
import type { RequestFrame } from '#src/protocol/frames.ts';
import type { Method } from '#src/protocol/method.ts';
import type { Call, Context, Handler, Principal } from './api.ts';
import type { Connection, Serve } from './connection.ts';
import { parseInput } from './parse-input.ts';
import { callerOf } from './principal.ts';
import { eventPush, okReply } from './reply.ts';

/** Works although the agent's session is being replaced: it binds to the new one. */
const BINDING = 'hello';

/** What a harness may still say when its session is given up: a clean end counts as long as nobody leased its messages again (DESIGN §6). */
const LAST_WORDS = 'turn_end';

/** What dispatching needs; `checkOutput` makes every answer pass its method's shape (tests). */
export interface DispatchOptions {
  context: Context;
  handlers: readonly Handler[];
  log: Logger;
  checkOutput: boolean;
}

/** Makes the function that serves one frame: find the method, authorise, parse, call its handler, answer. */
export function createDispatch({ context, handlers, log, checkOutput }: DispatchOptions): Serve {
  const byCmd = new Map(handlers.map((handler) => [handler.method.cmd, handler]));
  return async (frame, connection) => {
    const { call, cmd, session, ...fields } = frame;
    try {
      const handler = byCmd.get(cmd);
      if (!handler)
        throw new HiveError(
          'invalid',
          `unknown cmd "${cmd}": this hive (${context.config.release}) has no such method`,
        );
      const principal = authorise(handler.method, connection.principal, session, context);
      const input = parseInput(handler.method, fields, principal);
      await answer(handler, frame, { context, connection, principal, input, checkOutput });
    } catch (thrown) {
      const error = connection.signal.aborted ? stopping() : toHiveError(thrown);
      if (error.code === 'internal')
        log.error({ err: error, cmd, call, principal: connection.principal.kind }, 'call failed');
      throw error;
    }
  };
}

/** What a call that waited is told when the daemon stops: it is worth another try. */
function stopping(): HiveError {
  return new HiveError('unavailable', 'the hive is stopping: try again once it is back');
}

interface Prepared {
  context: Context;
  connection: Connection;
  principal: Principal;
  input: unknown;
  checkOutput: boolean;
}

/** Runs the handler and sends its answer; what it pushes before that waits, so that the answer is always the first frame. */
async function answer({ method, handle }: Handler, frame: RequestFrame, prepared: Prepared): Promise<void> {
  const { context, connection, principal, input, checkOutput } = prepared;
  let early: unknown[] | null = [];
  const emit = (event: unknown): void => connection.send(eventPush(frame.call, event));
  const push = (event: unknown): void => {
    if (early) early.push(event);
    else if (stillSignedIn(principal, context)) emit(event);
    else connection.destroy();
  };
  const bind = (session: number): void => {
    if (connection.principal.kind === 'agent') connection.principal = { ...connection.principal, session };
  };
  const call = { context, principal, input, signal: connection.signal, push, bind } as unknown as Call<Method>;
  if (method.stream) endWithSession(principal, prepared);
  const output = (await handle(call)) as Record<string, unknown>;
  if (checkOutput) method.output.parse(output);
  connection.send(okReply(frame.call, output));
  const waiting = early;
  early = null;
  waiting.forEach(emit);
}

/** Decides whether this connection may call the method now and as whom. Throws `forbidden` or `unavailable`. */
function authorise(method: Method, principal: Principal, session: string | undefined, context: Context): Principal {
  const caller = callerOf(principal);
  if (!method.callers.includes(caller)) {
    throw new HiveError('forbidden', `${method.cmd} is not for ${caller}: it is for ${method.callers.join(', ')}`);
  }
  if (principal.kind === 'web') return signedIn(method, session, context);
  if (principal.kind === 'agent' && !speaksWhenLost(method, principal) && !context.broker.mayReach(principal.name)) {
    throw new HiveError(
      'unavailable',
      `the session of ${principal.name} is being replaced: nothing more is accepted from it`,
    );
  }
  return principal;
}

function speaksWhenLost({ cmd }: Method, { session }: { session: number | null }): boolean {
  return cmd === BINDING || (cmd === LAST_WORDS && session !== null);
}

function signedIn(method: Method, session: string | undefined, { webSessions }: Context): Principal {
  const person = session === undefined ? undefined : webSessions.resolve(session);
  if (person && session !== undefined) return { kind: 'web', operator: person.name, token: session };
  if (method.anonymous) return { kind: 'web', operator: null, token: null };
  throw new HiveError('forbidden', 'nobody is signed in, or the sign-in has ended: sign in again');
}

/** A stream to a browser is cut when the person signs out … */
function endWithSession(principal: Principal, { context, connection }: Prepared): void {
  if (principal.kind !== 'web' || principal.token === null) return;
  const forget = context.webSessions.onEnd(principal.token, () => connection.destroy());
  connection.signal.addEventListener('abort', forget, { once: true });
}

/** … and at the next event when the sign-in has grown too old. */
function stillSignedIn(principal: Principal, { webSessions }: Context): boolean {
  return principal.kind !== 'web' || (principal.token !== null && webSessions.resolve(principal.token) !== undefined);
}
