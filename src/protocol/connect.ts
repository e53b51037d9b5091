import { connect as connectSocket } from 'node:net';
import type { Socket } from 'node:net';
import { HiveError } from '#src/lib/errors.ts';
import { encodeLine, parseLine, readLine } from '#src/lib/json-lines.ts';
import { errorFrame } from './frames.ts';
import type { AgentService } from './frames.ts';

/** How long the daemon may take to answer a service line. */
const SERVICE_ANSWER_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/** What a connection carries, and how long it is tried. */
export interface ConnectOptions {
  /** On an agent's socket: what this connection carries, said in its first line. host.sock and web.sock take none. */
  service?: AgentService;
  /** Aborts the connecting; an open connection is not touched. */
  signal?: AbortSignal;
}

/**
 * Opens a connection to one of the hive's sockets and, on an agent's, says its service. The socket is half-open capable and paused.
 * Throws `unavailable` (hive or daemon not running), `forbidden` (no right to the socket) or what the daemon answered, each naming the fix.
 */
export async function openSocket(path: string, options: ConnectOptions = {}): Promise<Socket> {
  const socket = await dial(path, options);
  if (!options.service) return socket;
  try {
    await sayService(socket, options.service, options.signal);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Whether an error of {@link openSocket} means that no daemon listens: the CLI's exit code 3. */
export function isHiveDown(error: unknown): boolean {
  return error instanceof HiveError && ['ENOENT', 'ECONNREFUSED'].includes(errnoOf(error.cause));
}

/** Connects, and says nothing. Throws as {@link openSocket}. */
export function dial(path: string, { service, signal }: ConnectOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const socket = connectSocket({ path, allowHalfOpen: service !== undefined && service !== 'rpc' });
    const settle = (act: () => void): void => {
      signal?.removeEventListener('abort', onAbort);
      socket.off('connect', onConnect).off('error', onError);
      act();
    };
    const onAbort = (): void => settle(() => (socket.destroy(), reject(signal?.reason)));
    const onConnect = (): void => settle(() => resolve(socket));
    const onError = (error: Error): void => settle(() => reject(connectError(path, error, service !== undefined)));
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.on('connect', onConnect).on('error', onError);
  });
}

async function sayService(socket: Socket, service: AgentService, signal?: AbortSignal): Promise<void> {
  const timeout = AbortSignal.timeout(SERVICE_ANSWER_MS);
  socket.write(encodeLine({ hive: 1, service }));
  let answer: Record<string, unknown>;
  try {
    answer = parseLine(await readLine(socket, MAX_ANSWER_BYTES, signal ? AbortSignal.any([signal, timeout]) : timeout));
  } catch (cause) {
    signal?.throwIfAborted();
    throw new HiveError('unavailable', `the hive did not accept the connection for ${service}: try again`, { cause });
  }
  checkWelcome(answer, service);
}

/** Throws the refusal in an answer to a service line. */
export function checkWelcome(answer: Record<string, unknown>, service: AgentService): void {
  if (answer.ok === true) return;
  const refusal = errorFrame.safeParse(answer).data;
  throw refusal
    ? new HiveError(refusal.code, refusal.error, { retry: refusal.retry ?? false })
    : new HiveError('internal', `the hive answered the service line for ${service} with something unknown`);
}

function connectError(path: string, cause: Error, inContainer: boolean): HiveError {
  const code = errnoOf(cause);
  if (code === 'EACCES' || code === 'EPERM') {
    return new HiveError('forbidden', `no right to use ${path}: join the group hive-admin and sign in again`, {
      cause,
    });
  }
  const operatorsFix = inContainer ? 'the operator starts it with: hive up' : 'start it with: hive up';
  if (code === 'ENOENT') {
    return new HiveError('unavailable', `the hive is not running (there is no ${path}): ${operatorsFix}`, { cause });
  }
  if (code === 'ECONNREFUSED') {
    return new HiveError('unavailable', `the daemon is down (nobody listens on ${path}): ${operatorsFix}`, { cause });
  }
  return new HiveError('unavailable', `cannot connect to ${path}: ${cause.message}`, { cause });
}

function errnoOf(cause: unknown): string {
  return cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? '') : '';
}
