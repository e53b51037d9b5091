import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { aborted } from '#src/lib/aborted.ts';
import type { HarnessConfig } from '#src/protocol/methods/harness.ts';
import { agentFolders } from './config.ts';
import type { HarnessEnv } from './config.ts';
import { createDesk } from './desk.ts';
import type { Desk } from './desk.ts';
import { createExecs } from './exec.ts';
import { createLink } from './link.ts';
import type { Link } from './link.ts';
import { startLoopback } from './loopback/services.ts';
import { killLeftovers } from './processes.ts';
import { createRuntimeHolder } from './runtimes/holder.ts';
import { burstOf, createRuntime } from './runtimes/index.ts';
import { writeGitConfig } from './turn-env.ts';
import type { TurnPlace } from './turn-env.ts';
import { turnLoop } from './turn/loop.ts';
import { runTurn } from './turn/run-turn.ts';

/** What a harness is started with. */
export interface HarnessOptions {
  env: HarnessEnv;
  nonce: string;
  /** Root of the installed hive. */
  install: string;
  log: Logger;
  /** Aborted = end now: a running turn is cancelled and reported. */
  signal: AbortSignal;
}

/** Runs turns until it is told to stop. Throws when the daemon refuses this session for good. */
export async function runHarness(options: HarnessOptions): Promise<void> {
  const { env, nonce, install, log } = options;
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const desk = createDesk({ env, install, signal });
  const { build, onHello, onControl } = desk;
  const link = createLink({ socket: env.socket, nonce, build, log, onHello, onControl });
  const connection = link.run(over.signal);
  connection.catch(() => over.abort());
  try {
    const config = await Promise.race([desk.ready, aborted(signal)]);
    if (config) await serveTurns({ ...options, signal }, desk, link, config);
  } finally {
    over.abort();
  }
  await connection;
}

/** Loopback services, runtime and turn loop of a container that knows its agent. */
async function serveTurns(options: HarnessOptions, desk: Desk, link: Link, config: HarnessConfig): Promise<void> {
  const { env, install, log, signal } = options;
  const { slot, spool } = desk;
  const folders = agentFolders(env, config.agent);
  for (const folder of [folders.state, folders.harness]) mkdirSync(folder, { recursive: true });
  await using loopback = await startLoopback(env, config, { link, slot }, log);
  const place: TurnPlace = { env, ...folders, ports: loopback.ports };
  writeGitConfig(place, config.agent);
  const execs = createExecs(link, place, signal);
  desk.execs.resolve(execs);
  await using runtimes = createRuntimeHolder((name) => createRuntime(name, place, log));
  const wakeTemplate = readFileSync(join(install, 'templates/prompts/wake.md'), 'utf8');
  const sweep = async (): Promise<void> => {
    if (!env.ownsProcesses) return;
    const killed = await killLeftovers(runtimes.warmPids(), execs.pids());
    if (killed.length > 0) log.info({ killed: killed.length }, 'ended what the turn left running');
  };
  const run: Parameters<typeof turnLoop>[0]['runTurn'] = async (start) => {
    const now = desk.config() ?? config;
    const runtime = await runtimes.get(now.runtime);
    return runTurn(start, { link, runtime, config: now, slot, wakeTemplate, log, signal, sweep });
  };
  const burst = (): number => burstOf((desk.config() ?? config).runtime);
  await turnLoop({ link, spool: await spool, log, runTurn: run, burst }, desk.finish);
}
