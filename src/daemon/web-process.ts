import { join } from 'node:path';
import type { Writable } from 'node:stream';
import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import { toHiveError } from '#src/lib/errors.ts';
import { pause } from '#src/lib/pause.ts';
import { openLog } from '#src/lib/rotating-log.ts';
import type { Config } from './config.ts';
import type { Host } from './host/api.ts';
import type { Secrets } from './secrets.ts';
import { openListeners } from './web-process/listeners.ts';
import type { Listeners } from './web-process/listeners.ts';
import { watchRun } from './web-process/run.ts';
import { webSandbox } from './web-process/sandbox.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;
/** A run of this length counts as good: the next pause is short again. */
const GOOD_RUN_MS = 60_000;

/** What {@link startWebProcess} needs; web.sock is open already. */
export interface WebProcessOptions {
  config: Config;
  secrets: Pick<Secrets, 'operatorPasswordFile'>;
  host: Pick<Host, 'launchSandbox' | 'processes'>;
  /** Host uid under root; null = the daemon's own user. */
  uid: number | null;
  log: Logger;
  clock: Clock;
}

/** The dashboard's process, started again when it ends. Disposing ends it. */
export interface WebProcess extends AsyncDisposable {
  state(): { state: 'up' | 'down'; detail: string };
}

/** Starts the dashboard and keeps it running. Throws `conflict` when its port is taken; a dashboard that ends later is started again with pauses. */
export async function startWebProcess(options: WebProcessOptions): Promise<WebProcess> {
  const { config } = options;
  const output = await openLog(join(config.home, 'logs', 'web.log'));
  let state: ReturnType<WebProcess['state']> = { state: 'down', detail: 'starting' };
  const stopping = new AbortController();
  const changed = (now: typeof state): void => {
    state = now;
  };
  const running = supervise({ ...options, output, changed }, await openListeners(config.port), stopping.signal);
  return {
    state: () => state,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await running;
      await new Promise<void>((resolve) => output.end(() => resolve()));
    },
  };
}

interface Supervision extends WebProcessOptions {
  output: Writable;
  changed(state: ReturnType<WebProcess['state']>): void;
}

async function supervise(options: Supervision, first: Listeners, signal: AbortSignal): Promise<void> {
  const { clock, config, log, changed } = options;
  let listeners: Listeners | undefined = first;
  for (let failures = 0; !signal.aborted;) {
    const startedAt = clock.monotonic();
    try {
      listeners ??= await openListeners(config.port);
      await runOnce(options, listeners, signal);
    } catch (error) {
      const problem = toHiveError(error);
      log.error({ err: problem }, 'dashboard is down');
      changed({ state: 'down', detail: problem.message });
    }
    listeners = undefined;
    failures = clock.monotonic() - startedAt > GOOD_RUN_MS ? 0 : failures + 1;
    await pause(clock, Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures), signal);
  }
  changed({ state: 'down', detail: 'stopped' });
}

async function runOnce(options: Supervision, listeners: Listeners, signal: AbortSignal): Promise<void> {
  const { config, secrets, uid, host, clock, output, changed } = options;
  const passwordFile = secrets.operatorPasswordFile;
  const launch = (): ReturnType<typeof host.launchSandbox> => {
    using handedOver = listeners;
    return host.launchSandbox(webSandbox({ config, passwordFile, uid, listeners: handedOver.fds }));
  };
  const up = (): void => changed({ state: 'up', detail: `http://localhost:${config.port}` });
  await watchRun(launch(), { host, clock, log: output, up }, signal);
}
