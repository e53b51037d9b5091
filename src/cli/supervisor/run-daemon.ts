import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import { systemClock } from '#src/lib/clock.ts';
import { runFolder } from '#src/protocol/home.ts';
import { starter } from '../bundle/starter.ts';
import { INSTALL } from '../install.ts';
import { type Beginning, endUnlessBegun } from './beginning.ts';
import { readConfig } from './read-config.ts';
import { clearWarmUp, Standby, standbyAfter } from './standby.ts';
import { claimSupervision } from './supervision.ts';
import { supervise } from './supervise.ts';
import type { End } from './supervise.ts';

/** Of Node, for the daemon: room for 4 MiB of young objects from the start, instead of 1, halves the collections while modules are loaded. */
export const DAEMON_OPTIONS: readonly string[] = ['--min-semi-space-size=4'];

/**
 * Runs the daemon of `home` under this process, which passes SIGTERM and SIGINT on and starts a daemon that crashed or was killed again. Standard output
 * and error are the daemon's too. The daemon runs from one file with all its modules, kept in the cache folder `HIVE_CACHE`, as long as that can be made;
 * then the next one is started ahead (`standby_after_seconds` of config.json). Answers the exit code. Throws `conflict` when another process does the same already.
 */
export async function runDaemon(home: string, env: NodeJS.ProcessEnv): Promise<number> {
  const stop = new AbortController();
  const say = (line: string): void => void process.stderr.write(`hive: ${new Date().toISOString()} ${line}\n`);
  let child: ChildProcess | undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      stop.abort();
      child?.kill(signal);
    });
  }
  await using held = new AsyncDisposableStack();
  held.use(await claimSupervision(home));
  if (stop.signal.aborted) return 0;
  // Clock timers keep no process alive, and between two runs nothing else does.
  const alive = setInterval(() => undefined, 2 ** 30);
  held.defer(() => clearWarmUp(runFolder(home, env, process.getuid?.() ?? 0)));
  const standby = held.use(new Standby({ start: (args) => startAhead(args, env), say }));
  try {
    const main = resolve(INSTALL, 'src/daemon/main.ts');
    const program = starter({ main, cache: env['HIVE_CACHE'], say, signal: stop.signal });
    const run = async (): Promise<End> => {
      const args = [...DAEMON_OPTIONS, ...(await program()), '--home', home];
      if (stop.signal.aborted) return { code: 0, signal: null };
      child = standby.take(args) ?? spawn(process.execPath, args, { env, stdio: 'inherit' });
      const over = new AbortController();
      const config = readConfig(home);
      if (config) watchBegin({ child, home, seconds: config.start_seconds, say, signal: over.signal });
      const after = standbyAfter(config, args);
      const cancel = after > 0 ? systemClock.after(after * 1000, () => standby.prepare(args)) : undefined;
      return await ended(child).finally(() => {
        cancel?.();
        over.abort();
      });
    };
    const isReady = (): boolean => standby.isReady;
    return await supervise({ run, clock: systemClock, say, isReady, signal: stop.signal });
  } finally {
    clearInterval(alive);
  }
}

function watchBegin(beginning: Omit<Beginning, 'clock'>): void {
  endUnlessBegun({ ...beginning, clock: systemClock }).catch((error: unknown) =>
    beginning.say(`nobody looks whether the daemon begins: ${String(error)}`),
  );
}

/** As the daemon is started, but for its standard input. */
function startAhead(args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, args, { env, stdio: ['pipe', 'inherit', 'inherit'] });
}

function ended(child: ChildProcess): Promise<End> {
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('exit', (code, signal) => done({ code, signal }));
  });
}
