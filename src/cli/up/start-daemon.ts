import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { HiveError } from '#src/lib/errors.ts';
import { forgeWords } from '#src/protocol/forge-words.ts';
import type { Output } from '#src/protocol/method.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { openHive } from '../connection.ts';
import type { Environment } from '../environment.ts';
import { INSTALL } from '../install.ts';
import { isAlive } from '#src/lib/process-identity.ts';
import { openStartLog, startLog } from '../supervisor/start-log.ts';
import { supervisorOf } from '../supervisor/supervision.ts';

/** What a running hive says of itself. */
export type Status = Output<(typeof methods)['status']>;

/** Longest wait for a first start: seeding the forge takes a few seconds, a busy machine many. */
const READY_MS = 120_000;
const LOOK_MS = 50;

/** A daemon under its supervisor, between two runs too. */
export interface SupervisedDaemon {
  /** Whether the supervisor ended: nothing starts the daemon again. */
  ended(): boolean;
  /** File with what supervisor and daemon print. */
  log: string;
}

/** Starts the daemon, with its supervisor above it, in a session of its own; what it prints before its log is open goes to `<home>/logs/start.log`. */
export function startDaemon(environment: Environment): SupervisedDaemon {
  const out = openStartLog(environment.home);
  const child = spawn(process.execPath, [resolve(INSTALL, 'src/cli/supervisor/main.ts'), '--home', environment.home], {
    cwd: '/',
    env: { ...environment.env, HIVE_HOME: environment.home },
    stdio: ['ignore', out, out],
    detached: true,
  });
  closeSync(out);
  let ended = false;
  const note = (): void => void (ended = true);
  child.once('exit', note).once('error', note);
  child.unref();
  return { ended: () => ended, log: startLog(environment.home) };
}

/** The daemon whose supervisor is there already, maybe pausing before it starts it again; null when there is none. */
export async function findSupervised(environment: Environment): Promise<SupervisedDaemon | null> {
  const supervisor = await supervisorOf(environment.home);
  return supervisor && { ended: () => !isAlive(supervisor), log: startLog(environment.home) };
}

/** The running daemon's status, or undefined when none answers. */
export async function currentStatus(environment: Environment): Promise<Status | undefined> {
  const client = await openHive(environment).catch((error: HiveError) => {
    if (error.code === 'unavailable') return undefined;
    throw error;
  });
  if (!client) return undefined;
  try {
    return await client.call(methods.status, {});
  } finally {
    client.close();
  }
}

/** Waits until the daemon answers at all. Throws with its log when it ends before. */
export async function waitAnswering(environment: Environment, daemon: SupervisedDaemon): Promise<Status> {
  return waitStatus(environment, daemon, () => true);
}

/**
 * Waits until the hive is ready; `detail` gets what it waits for. Throws with the log when the daemon ends before, and the reason of `signal` when that
 * aborts, but not before the daemon answers.
 */
export async function waitReady(
  environment: Environment,
  daemon: SupervisedDaemon | null,
  detail: (text: string) => void,
  signal?: AbortSignal,
): Promise<Status> {
  return waitStatus(environment, daemon, (status) => {
    signal?.throwIfAborted();
    if (!status.ready) detail(waitingFor(status));
    return status.ready;
  });
}

async function waitStatus(
  environment: Environment,
  daemon: SupervisedDaemon | null,
  enough: (status: Status) => boolean,
): Promise<Status> {
  const end = performance.now() + READY_MS;
  while (performance.now() < end) {
    const status = await currentStatus(environment);
    if (status && enough(status)) return status;
    if (daemon?.ended()) throw await endedEarly(environment, daemon.log);
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
  throw new HiveError(
    'unavailable',
    `the hive is not ready after ${READY_MS / 1000} s: hive logs and hive logs forge say why`,
  );
}

function waitingFor(status: Status): string {
  if (status.forge.state !== 'up') return `forge ${forgeWords(status.forge)}`;
  return status.web.state === 'up' ? 'first agents' : `web: ${status.web.detail}`;
}

async function endedEarly(environment: Environment, log: string): Promise<HiveError> {
  const lines = (await readFile(log, 'utf8')).trim().split('\n').slice(-15).join('\n');
  return new HiveError(
    'unavailable',
    `the daemon ended before it was ready; logs are in ${join(environment.home, 'logs')}\n${lines}`,
  );
}
