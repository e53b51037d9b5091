import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Clock } from '#src/lib/clock.ts';
import { HiveError } from '#src/lib/errors.ts';
import { giteaArgv } from './command.ts';
import { isHealthy } from './health.ts';
import { launchInForge } from './launch.ts';
import type { GiteaLaunch } from './launch.ts';
import { pause } from '#src/lib/pause.ts';
import { listens, takenPort } from './port.ts';

/** A first start migrates its database; on a busy machine that takes some seconds. */
const START_MS = 60_000;
const START_LOOK_MS = 50;
const HEALTH_EVERY_MS = 30_000;
/** So many unanswered looks in a row = hung. */
const HEALTH_MISSES = 3;
const STOP_MS = 5_000;
const STOP_AGAIN_MS = 500;
/** Gitea prints this when it cannot listen, and hangs. */
const CANNOT_LISTEN = 'Failed to start server';
/** How much of what it printed last explains its end. */
const TAIL_CHARS = 600;

/** What {@link startServer} needs. */
export interface ServerOptions {
  launch: GiteaLaunch;
  url: string;
  clock: Clock;
  /** Gets what Gitea prints; not ended. */
  log: Writable;
}

/** A running `gitea web`. */
export interface Server {
  pid: number;
  /** Aborted when the process is gone; its reason is a {@link HiveError} with the last lines it printed. */
  gone: AbortSignal;
  /** Resolves when it answers; rejects when it ends first or takes too long. */
  healthy(): Promise<void>;
  /** Resolves when it is gone, after ending it when it hangs. */
  watch(): Promise<void>;
  /** Asks it to end, insists after 5 s, resolves when it is gone. */
  stop(): Promise<void>;
}

/** Starts `gitea web`. */
export function startServer({ launch, url, clock, log }: ServerOptions): Server {
  const child = launchInForge(launch, { argv: giteaArgv('web'), stdio: ['ignore', 'pipe', 'pipe'] });
  const tail = keepTail(child, log);
  const ended = new AbortController();
  const gone = ended.signal;
  const over = (how: string): void => ended.abort(new HiveError('unavailable', `Gitea ${how}${tail()}`));
  child.once('error', (error) => over(`did not start: ${error.message}`));
  child.once('close', (code, signal) => over(`ended with ${code ?? signal}`));
  let stopping: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    if (gone.aborted) return;
    const seen = once(gone, 'abort');
    // One that is just starting does not hear the first time.
    for (let waited = 0; waited < STOP_MS && !gone.aborted; waited += STOP_AGAIN_MS) {
      launch.host.processes.signalSandbox(child.pid!, 'SIGTERM');
      await pause(clock, STOP_AGAIN_MS, gone);
    }
    child.kill('SIGKILL');
    await seen;
  };
  const stop = (): Promise<void> => (stopping ??= end());
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', () => tail().includes(CANNOT_LISTEN) && void stop());
  return {
    pid: child.pid ?? 0,
    gone,
    healthy: () => untilHealthy(url, launch.uid, clock, gone),
    watch: async () => {
      await untilHung(url, clock, gone);
      await stop();
    },
    stop,
  };
}

/** Somebody else may have taken the port while Gitea started: nothing of the hive is told to whoever answers before it is known whose user listens. */
async function untilHealthy(url: string, uid: number | null, clock: Clock, gone: AbortSignal): Promise<void> {
  const latest = clock.monotonic() + START_MS;
  while (!(await isHealthy(url))) {
    gone.throwIfAborted();
    if (clock.monotonic() > latest)
      throw new HiveError('unavailable', `Gitea did not answer within ${START_MS / 1000} s`);
    await pause(clock, START_LOOK_MS, gone);
  }
  gone.throwIfAborted();
  const port = Number(new URL(url).port);
  if (!(await listens(port, uid ?? process.getuid?.() ?? 0))) throw takenPort(port);
}

async function untilHung(url: string, clock: Clock, gone: AbortSignal): Promise<void> {
  let misses = 0;
  while (!gone.aborted && misses < HEALTH_MISSES) {
    await pause(clock, HEALTH_EVERY_MS, gone);
    misses = (await isHealthy(url)) ? 0 : misses + 1;
  }
}

function keepTail(child: ChildProcess, log: Writable): () => string {
  let tail = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.pipe(log, { end: false });
    stream.on('data', (chunk: Buffer) => {
      tail = `${tail}${chunk.toString()}`.slice(-TAIL_CHARS);
    });
  }
  return () => (tail.trim() ? `: ${tail.trim()}` : '');
}
