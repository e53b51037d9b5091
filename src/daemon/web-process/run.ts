import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';
import type { Clock } from '#src/lib/clock.ts';
import { HiveError } from '#src/lib/errors.ts';
import { pause } from '#src/lib/pause.ts';
import type { Host } from '../host/api.ts';

/** What the dashboard prints when it serves (src/web/main.ts). */
const UP_LINE = '{"msg":"dashboard up"}';
const STOP_MS = 2000;

/** What one run of the web process needs. */
export interface RunOptions {
  host: Pick<Host, 'processes'>;
  clock: Clock;
  log: Writable;
  /** Called when it serves. */
  up(): void;
}

/** Watches one run of the dashboard to its end; ends it when `signal` aborts. Throws `unavailable` with its last line when it ended by itself. */
export async function watchRun(child: ChildProcess, options: RunOptions, signal: AbortSignal): Promise<void> {
  let last = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.pipe(options.log, { end: false });
    createInterface({ input: stream }).on('line', (line) => {
      if (line === UP_LINE) options.up();
      else if (line.trim() !== '') last = line.slice(0, 300);
    });
  }
  const gone = new AbortController();
  const closed = once(child, 'close').finally(() => gone.abort());
  const stop = (): void => void stopChild(child, options, gone.signal);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    const [code, killedBy] = (await closed) as [number | null, string | null];
    if (signal.aborted) return;
    throw new HiveError('unavailable', `the dashboard ended with ${code ?? killedBy}${last && `: ${last}`}`);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function stopChild(child: ChildProcess, { host, clock }: RunOptions, gone: AbortSignal): Promise<void> {
  if (child.pid !== undefined) host.processes.signalSandbox(child.pid, 'SIGTERM');
  await pause(clock, STOP_MS, gone);
  if (!gone.aborted) child.kill('SIGKILL');
}
