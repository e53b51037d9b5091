import { requireOperator } from '../connection.ts';
import type { Environment } from '../environment.ts';
import { runSetup } from '../parts.ts';
import type { Progress } from '../progress.ts';
import { openHome, prepareConfig, type ConfigChanges } from './config-file.ts';
import { requireAsked } from './require-asked.ts';
import { currentStatus, findSupervised, startDaemon, waitReady, type Status } from './start-daemon.ts';
import { takeTurn } from './take-turn.ts';

/** How to bring a hive up. */
export interface UpOptions extends ConfigChanges {
  progress: Progress;
  /** Bring the Claude Code CLI too. */
  claude: boolean;
  /** A Gitea of the operator's own. */
  gitea?: string;
  /** Ends it early with its reason; a daemon that was started answers by then, so that it can be taken down. */
  signal?: AbortSignal;
}

/**
 * Brings the hive of `environment.home` up unless it runs, one caller at a time; every step may be repeated after an interruption. Throws `conflict` when it
 * runs and something else was asked for, which only a start can change.
 */
export async function bringUp(
  environment: Environment,
  options: UpOptions,
): Promise<{ status: Status; started: boolean }> {
  requireOperator(environment);
  const { progress, signal } = options;
  const running = await joinRunning(environment, options);
  if (running) return { status: running, started: false };
  await openHome(environment.home);
  await using held = new AsyncDisposableStack();
  held.use(await takeTurn(environment.home, progress, signal));
  const startedMeanwhile = await joinRunning(environment, options);
  if (startedMeanwhile) return { status: startedMeanwhile, started: false };
  await prepareConfig(environment.home, options);
  const args = [...(options.claude ? ['--claude'] : []), ...(options.gitea ? ['--gitea', options.gitea] : [])];
  signal?.throwIfAborted();
  await runSetup(environment, { args, progress, signal });
  signal?.throwIfAborted();
  const status = await progress.step('daemon, forge, agents, web', (detail) =>
    waitReady(environment, startDaemon(environment), detail, signal),
  );
  return { status, started: true };
}

/** The status of a hive that runs or is just starting, once it is ready; undefined when there is none. */
async function joinRunning(environment: Environment, options: UpOptions): Promise<Status | undefined> {
  const running = await currentStatus(environment);
  if (running) await requireAsked(environment, running, options);
  if (running?.ready) return running;
  const supervised = await findSupervised(environment);
  if (!running && !supervised) return undefined;
  const status = await options.progress.step('hive', (detail) => waitReady(environment, supervised, detail));
  await requireAsked(environment, status, options);
  return status;
}
