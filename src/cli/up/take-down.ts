import { existsSync } from 'node:fs';
import { readFile, rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HiveError } from '#src/lib/errors.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { NotRunningError, withOperator } from '../connection.ts';
import type { Environment } from '../environment.ts';
import { startDaemon, waitAnswering } from './start-daemon.ts';

/** Longest wait for the daemon's end: its own deadlines (drain, containers' grace, the forge) are shorter. */
const GONE_MS = 60_000;
const LOOK_MS = 20;

/** What `hive down` does beyond ending the daemon. */
export interface DownOptions {
  purge: boolean;
  containers: boolean;
}

/** Ends the daemon, waits for its process to be gone and, with `purge`, deletes the home. Throws {@link NotRunningError} when there is nothing to end. */
export async function takeDown(environment: Environment, options: DownOptions): Promise<void> {
  if (options.purge && !options.containers) {
    throw new HiveError('invalid', '--purge deletes what containers use: leave out --keep-containers');
  }
  await gone(await requestShutdown(environment, options));
  if (options.purge) await deleteHome(environment);
}

/** Answers the pid that will be gone. A purge of a hive that is down starts its daemon once more, since only that knows every container. */
async function requestShutdown(environment: Environment, { purge, containers }: DownOptions): Promise<number> {
  try {
    return await withOperator(environment, async (client) => (await client.call(methods.shutdown, { containers })).pid);
  } catch (error) {
    if (!(purge && error instanceof NotRunningError && isHome(environment))) throw error;
    await waitAnswering(environment, startDaemon(environment));
    return requestShutdown(environment, { purge: false, containers });
  }
}

async function gone(pid: number): Promise<void> {
  const end = performance.now() + GONE_MS;
  while (await isAlive(pid)) {
    if (performance.now() > end) {
      throw new HiveError(
        'unavailable',
        `the daemon (pid ${pid}) is still ending after ${GONE_MS / 1000} s: see hive logs`,
      );
    }
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
}

/** Whether the process runs; one that ended and waits for its parent (state Z or X in /proc/PID/stat) does not. */
async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const state = stat.slice(stat.lastIndexOf(')') + 2)[0];
  return state !== undefined && !'ZX'.includes(state);
}

function isHome(environment: Environment): boolean {
  return existsSync(`${environment.home}/config.json`);
}

/** Deletes the home. No process of an agent is alive by then (the daemon saw each container dead), so nothing can swap a path below it. */
async function deleteHome(environment: Environment): Promise<void> {
  if (!isHome(environment)) {
    throw new HiveError(
      'invalid',
      `${environment.home} is no hive's home (it has no config.json): nothing was deleted`,
    );
  }
  await rm(environment.home, { recursive: true, force: true });
  await rm(environment.run, { recursive: true, force: true });
  await rmdir(dirname(environment.run)).catch(() => undefined); // other hives' folders keep it
}
