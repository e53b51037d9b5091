import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { toHiveError } from '#src/lib/errors.ts';
import { keptCode } from '#src/lib/kept-code.ts';
import { ensureRunFolder } from '#src/protocol/home.ts';
import { STAND_BY } from '#src/protocol/standby.ts';
import { loadConfig } from './config.ts';
import { startDaemon } from './context.ts';
import { lockHome } from './host/home-lock.ts';
import { createHost } from './host/index.ts';
import { openLog } from './log.ts';
import { loadSecrets } from './secrets.ts';
import { standBy } from './standby/stand-by.ts';

/** How long what is left of a stopped daemon may keep its process. */
const LINGER_MS = 2000;

/** Runs the daemon of one home until it is told to stop; with `--stand-by` it begins when it is told to. Answers the exit code. */
async function run(): Promise<number> {
  const { values } = parseArgs({ options: { home: { type: 'string' }, [STAND_BY]: { type: 'boolean' } } });
  const stop = new AbortController();
  let endContainers = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());

  process.umask(0o022);
  const uid = process.getuid?.() ?? 0;
  const env = { ...process.env, ...(values.home && { HIVE_HOME: values.home }) };
  if (values[STAND_BY] && !(await isNeeded(env, uid, stop.signal))) return 0;
  const config = await loadConfig(env, uid);
  ensureRunFolder(config.home, env, uid);
  const host = await createHost({ root: config.root, hiveId: config.hiveId });
  host.ensureFolder(config.home, { mode: 0o700 });
  await using held = new AsyncDisposableStack();
  held.use(await lockHome(config.home));
  await using log = await openLog(config.home, config.logLevel);
  const fatal = (error: unknown): void => {
    log.lastWords(error);
    process.exit(70);
  };
  process.on('uncaughtException', fatal);
  await using daemon = await startDaemon({
    ...{ config, secrets: await loadSecrets(config.home), host, log: log.logger, fatal },
    stop: (containers) => {
      endContainers = containers;
      stop.abort();
    },
  });
  if (!stop.signal.aborted) await once(stop.signal, 'abort');
  log.logger.info({ endContainers }, 'stopping');
  if (endContainers) await daemon.endContainers();
  return 0;
}

/** Stands by with the configuration of now; what holds when it begins is read then. */
async function isNeeded(env: NodeJS.ProcessEnv, uid: number, signal: AbortSignal): Promise<boolean> {
  const { home } = await loadConfig(env, uid);
  const run = ensureRunFolder(home, env, uid);
  const say = (line: string): void => void process.stderr.write(`hive daemon that stands by: ${line}\n`);
  return await standBy({ run, input: process.stdin, signal, say });
}

async function main(): Promise<void> {
  try {
    process.exitCode = await run();
    await keptCode.keep().catch(() => undefined);
  } catch (error) {
    process.stderr.write(`hive daemon: ${toHiveError(error).message}\n`);
    process.exitCode = 1;
  }
  // A part that did not end within its deadline must not keep the process.
  setTimeout(() => process.exit(), LINGER_MS).unref();
}

void main();
