import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { connect, type Client } from '#src/protocol/client.ts';
import { isHiveDown } from '#src/protocol/connect.ts';
import { HiveError, toHiveError } from '#src/lib/errors.ts';
import { RETRY_BUDGET_MS, retryNote, withRetry } from '#src/protocol/retry.ts';
import { areContainersLeft } from './containers-left.ts';
import { CONTAINER_SOCKET, type Environment } from './environment.ts';
import { startLog } from './supervisor/start-log.ts';
import { isDaemonLost, supervisorOf } from './supervisor/supervision.ts';

/** There is no daemon behind the socket; with `retry` its supervisor is about to start one. */
export class NotRunningError extends HiveError {}

/** The longest pause of a supervisor before it starts a crashed daemon again, and a slow start. */
const RESTART_MS = 15_000;
const LOOK_MS = 50;

/**
 * Runs `use` with a connection to the hive: as the agent inside a container, as the operator outside. A daemon that restarts is waited for, which stderr
 * says at once. Inside, `use` runs again when the connection breaks: what it changes must be keyed ({@link keyOf}).
 */
export async function withHive<T>(environment: Environment, use: (client: Client) => Promise<T>): Promise<T> {
  const once = async (): Promise<T> => {
    const client = await openStarting(environment);
    try {
      return await use(client);
    } finally {
      client.close();
    }
  };
  const socket = environment.agentSocket;
  if (!socket) return once();
  requireSocket(socket);
  const { value, retries } = await withRetry(sayingThatItWaits(once, socket)).catch((error: HiveError) => {
    throw isHiveDown(error.cause) ? new NotRunningError(error.code, error.message, { cause: error }) : error;
  });
  if (retries > 0) process.stderr.write(`${retryNote(retries)}\n`);
  return value;
}

/** `attempt`, whose first failure that is worth a retry is said on stderr. */
function sayingThatItWaits<T>(attempt: () => Promise<T>, socket: string): () => Promise<T> {
  let said = false;
  return async () => {
    try {
      return await attempt();
    } catch (thrown) {
      const error = toHiveError(thrown);
      const why = isHiveDown(error) ? `nobody answers at ${socket}; the daemon may be restarting` : error.message;
      if (error.retry && !said) process.stderr.write(`hive: ${why}: trying for up to ${RETRY_BUDGET_MS / 1000} s\n`);
      said = true;
      throw error;
    }
  };
}

/** Throws `invalid` when no daemon will ever listen there: the folder of an agent's socket is there as long as its container, and nothing else takes its place. */
function requireSocket(socket: string): void {
  const folder = dirname(socket);
  const fix = 'name the socket in HIVE_SOCKET, or unset it to speak as the operator';
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new HiveError('invalid', `HIVE_SOCKET is ${socket}, but there is no folder ${folder}: ${fix}`);
  const there = statSync(socket, { throwIfNoEntry: false });
  if (there && !there.isSocket())
    throw new HiveError('invalid', `HIVE_SOCKET is ${socket}, which is no socket: ${fix}`);
}

/** Like {@link withHive} for the operator only; refused inside a container. */
export async function withOperator<T>(environment: Environment, use: (client: Client) => Promise<T>): Promise<T> {
  requireOperator(environment);
  return withHive(environment, use);
}

/** Throws `forbidden` inside a container. */
export function requireOperator({ agentSocket, env }: Environment): void {
  if (!agentSocket) return;
  const named = env['HIVE_SOCKET'] && agentSocket !== CONTAINER_SOCKET ? ` (HIVE_SOCKET is ${agentSocket})` : '';
  throw new HiveError(
    'forbidden',
    `this is the operator’s: run it on the host, not inside an agent’s container${named}`,
  );
}

/** Like {@link withHive} for agents only; refused outside a container. */
export async function withAgent<T>(environment: Environment, use: (client: Client) => Promise<T>): Promise<T> {
  if (!environment.agentSocket)
    throw new HiveError(
      'forbidden',
      'this is an agent’s: it runs inside a container, where hive agents exec NAME -- takes you',
    );
  return withHive(environment, use);
}

/** Like {@link openHive}, after a wait for a daemon that is being started. */
async function openStarting(environment: Environment): Promise<Client> {
  const end = performance.now() + RESTART_MS;
  for (let tries = 0; ; tries++) {
    try {
      return await openHive(environment);
    } catch (error) {
      if (!(error instanceof NotRunningError && error.retry) || performance.now() >= end) throw error;
      if (tries === 0) process.stderr.write(`hive: ${error.message}: waiting for up to ${RESTART_MS / 1000} s\n`);
      await new Promise((done) => setTimeout(done, LOOK_MS));
    }
  }
}

/** A connection, or {@link NotRunningError} with the command that starts the hive. */
export async function openHive(environment: Environment): Promise<Client> {
  try {
    return environment.agentSocket
      ? await connect(environment.agentSocket, { service: 'rpc' })
      : await connect(environment.hostSocket);
  } catch (error) {
    if (environment.agentSocket || !isHiveDown(error)) throw error;
    throw await notRunning(environment);
  }
}

async function notRunning({ home, homeOption, env }: Environment): Promise<NotRunningError> {
  if (await supervisorOf(home)) {
    const what = (await isDaemonLost(home)) ? 'crashed and is being started again' : 'is being started';
    return new NotRunningError('unavailable', `the daemon of ${home} ${what} (see ${startLog(home)})`, { retry: true });
  }
  const where = env['HIVE_HOME'] && !homeOption ? `HIVE_HOME=${home} ` : '';
  const left = areContainersLeft(home) ? `; agents' containers go on, ${where}hive down ends them` : '';
  const fix = `start it with ${where}hive up${left}`;
  return new NotRunningError('unavailable', `no hive is running for ${home}: ${fix}`, { retry: false });
}

/** What a mutating call carries: one key for all tries of this command, and the turn it runs in. */
export function keyOf(environment: Environment): { key: string; turn?: number } {
  return {
    key: `cli-${randomUUID()}`,
    ...(environment.agentSocket && environment.turn ? { turn: environment.turn } : {}),
  };
}
