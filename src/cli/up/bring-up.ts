import type { Environment } from '../environment.ts';
import { runSetup } from '../parts.ts';
import type { Progress } from '../progress.ts';
import { prepareConfig, type ConfigChanges } from './config-file.ts';
import { currentStatus, findSupervised, startDaemon, waitReady, type Status } from './start-daemon.ts';

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

/** Brings the hive of `environment.home` up unless it runs; every step may be repeated after an interruption. */
export async function bringUp(
  environment: Environment,
  options: UpOptions,
): Promise<{ status: Status; started: boolean }> {
  const { progress, signal } = options;
  const running = await currentStatus(environment);
  if (running?.ready) return { status: running, started: false };
  const supervised = await findSupervised(environment);
  if (running || supervised) {
    const status = await progress.step('hive', (detail) => waitReady(environment, supervised, detail));
    return { status, started: false };
  }
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
