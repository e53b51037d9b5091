import { existsSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HiveError } from '#src/lib/errors.ts';
import { identify, isAlive, signal } from '#src/lib/process-identity.ts';
import type { ProcessIdentity } from '#src/lib/process-identity.ts';
import { daemonLock } from '#src/protocol/home.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { NotRunningError, openHive, requireOperator } from '../connection.ts';
import { areContainersLeft } from '../containers-left.ts';
import type { Environment } from '../environment.ts';
import { isHiveHome, requireHomeToDelete } from '../hive-home.ts';
import { clearWarmUp } from '../supervisor/standby.ts';
import { supervisorOf } from '../supervisor/supervision.ts';
import { startDaemon, waitAnswering } from './start-daemon.ts';

/** Longest wait for the daemon's end: its own deadlines (drain, containers' grace, the forge) are shorter. */
const GONE_MS = 60_000;
const LOOK_MS = 20;

/** What `hive down` does beyond ending the daemon. */
export interface DownOptions {
  purge: boolean;
  containers: boolean;
}

/**
 * Ends the daemon and its supervisor, or what a dead daemon left, waits for their processes to be gone and, with `purge`, deletes the home. Throws
 * {@link NotRunningError} when there is nothing to end, and `unavailable` when the daemon died before it had ended everything.
 */
export async function takeDown(environment: Environment, options: DownOptions): Promise<void> {
  if (options.purge && !options.containers) {
    throw new HiveError('invalid', '--purge deletes what containers use: leave out --keep-containers');
  }
  if (options.purge) requireHomeToDelete(environment.home);
  const ended = await endHive(environment, options);
  if (!ended && !(options.purge && wasEndedWhole(environment))) await endRest(environment, options);
  // The one that stands by may have been killed together with the supervisor.
  await clearWarmUp(environment.run);
  if (options.purge) await deleteHome(environment);
}

/** Answers whether a daemon was there: only a daemon knows every container, so without one something may be left. */
async function endHive(environment: Environment, options: DownOptions): Promise<boolean> {
  const supervised = (await supervisorOf(environment.home)) !== null;
  const daemon = await requestShutdown(environment, options.containers).catch((error: HiveError) => {
    if (supervised && error.code === 'unavailable') return null;
    if (error instanceof NotRunningError && hasWork(environment, options)) return null;
    throw error;
  });
  await endSupervisor(environment);
  if (!daemon) return false;
  await gone(daemon, 'daemon');
  if (!existsSync(daemonLock(environment.home))) return true;
  throw new HiveError(
    'unavailable',
    `the daemon (pid ${daemon.pid}) died before everything was ended: hive down again ends what is left; see hive logs`,
  );
}

/** Runs the daemon of a hive that has none once more, to end what an earlier one left. */
async function endRest(environment: Environment, options: DownOptions): Promise<void> {
  try {
    await waitAnswering(environment, startDaemon(environment));
  } catch (error) {
    await endSupervisor(environment);
    throw error;
  }
  await endHive(environment, { ...options, purge: false });
}

/** Answers the process that will be gone. */
async function requestShutdown(environment: Environment, containers: boolean): Promise<ProcessIdentity> {
  requireOperator(environment);
  const client = await openHive(environment);
  try {
    const { pid } = await client.call(methods.shutdown, { containers });
    return identify(pid) ?? { pid, startTime: '' };
  } finally {
    client.close();
  }
}

/** Only after the daemon was told how to end: its supervisor passes the signal on, and starts no other. */
async function endSupervisor(environment: Environment): Promise<void> {
  const supervisor = await supervisorOf(environment.home);
  if (!supervisor) return;
  signal(supervisor, 'SIGTERM');
  await gone(supervisor, 'supervisor of the daemon');
}

async function gone(target: ProcessIdentity, what: string): Promise<void> {
  const end = performance.now() + GONE_MS;
  while (isAlive(target)) {
    if (performance.now() > end) {
      throw new HiveError(
        'unavailable',
        `the ${what} (pid ${target.pid}) is still ending after ${GONE_MS / 1000} s: see hive logs`,
      );
    }
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
}

/** Whether a home without a daemon holds something to end: containers go on when their daemon dies. */
function hasWork(environment: Environment, { purge, containers }: DownOptions): boolean {
  return isHiveHome(environment.home) && (purge || (containers && areContainersLeft(environment.home)));
}

/** Whether the last daemon ended by itself and kept no container: then none has to start, which a damaged home would not let it. */
function wasEndedWhole({ home }: Environment): boolean {
  return !existsSync(daemonLock(home)) && !areContainersLeft(home);
}

/** Deletes the home. No process of an agent is alive by then (the daemon saw each container dead), so nothing can swap a path below it. */
async function deleteHome(environment: Environment): Promise<void> {
  requireHomeToDelete(environment.home);
  await rm(environment.home, { recursive: true, force: true });
  await rm(environment.run, { recursive: true, force: true });
  await rmdir(dirname(environment.run)).catch(() => undefined); // other hives' folders keep it
}
