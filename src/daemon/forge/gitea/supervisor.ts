import type { Writable } from 'node:stream';
import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import { toHiveError } from '#src/lib/errors.ts';
import type { ForgeState } from '../api.ts';
import type { GiteaLaunch } from './launch.ts';
import { pause } from '#src/lib/pause.ts';
import { startServer } from './server.ts';
import type { Server } from './server.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;
/** A run of this length counts as good: the next pause is short again. */
const GOOD_RUN_MS = 60_000;

/** What the supervisor needs. */
export interface SupervisorOptions {
  launch: GiteaLaunch;
  url: string;
  clock: Clock;
  log: Logger;
  output: Writable;
  /** Everything Gitea needs before it starts; answers its version. What it throws as `invalid`, and before the first run as `conflict`, is final. */
  prepare(): Promise<string>;
  /** Called after each start when Gitea answers; the forge counts as up when it resolves. Aborts with `gone`. */
  whenUp(gone: AbortSignal): Promise<void>;
  /** Told of each change; `final` = it stays so. */
  changed(state: ForgeState, final?: boolean): void;
}

/** Keeps one Gitea running until `signal` aborts, then stops it. Resolves when it is gone; never rejects. */
export async function supervise(options: SupervisorOptions, signal: AbortSignal): Promise<void> {
  const { clock, changed, log } = options;
  let failures = 0;
  let version: string | null = null;
  while (!signal.aborted) {
    const startedAt = clock.monotonic();
    changed({ state: 'starting', version, detail: 'starting', pid: null });
    try {
      version = await options.prepare();
      await runOnce(options, version, signal);
    } catch (error) {
      const problem = toHiveError(error);
      if (signal.aborted) break;
      const final = problem.code === 'invalid' || (problem.code === 'conflict' && version === null);
      log.error({ err: problem }, 'forge is down');
      changed({ state: 'down', version, detail: problem.message, pid: null }, final);
      if (final) return;
    }
    failures = clock.monotonic() - startedAt > GOOD_RUN_MS ? 0 : failures + 1;
    await pause(clock, Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures), signal);
  }
  changed({ state: 'down', version, detail: 'stopped', pid: null }, true);
}

async function runOnce(options: SupervisorOptions, version: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const server = startServer({ ...options, log: options.output });
  const stop = (): void => void server.stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await server.healthy();
    await untilSeeded(options, server, version);
    options.changed({ state: 'up', version, detail: 'up', pid: server.pid });
    await server.watch();
    if (!signal.aborted) throw server.gone.reason;
  } finally {
    signal.removeEventListener('abort', stop);
    await server.stop();
  }
}

/** A Gitea that runs but cannot be seeded is kept: a person may have to repair something on its pages. */
async function untilSeeded(options: SupervisorOptions, server: Server, version: string): Promise<void> {
  const { clock, log, changed, whenUp } = options;
  for (let failures = 0; ; failures++) {
    try {
      return await whenUp(server.gone);
    } catch (error) {
      server.gone.throwIfAborted();
      const problem = toHiveError(error);
      log.error({ err: problem }, 'forge cannot be seeded');
      changed({ state: 'starting', version, detail: problem.message, pid: server.pid });
    }
    await pause(clock, Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures), server.gone);
  }
}
