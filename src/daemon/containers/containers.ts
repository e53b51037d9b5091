import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import type { Config } from '../config.ts';
import type { Writer } from '../db/api.ts';
import type { Host, Uids } from '../host/api.ts';
import type { AgentContainer, ContainerHooks, Containers } from './api.ts';
import { insertContainer, listNotEnded, listUntold } from './containers-store.ts';
import { createEnding } from './ending.ts';
import type { Engine } from './engine.ts';
import { createBubblewrapEngine } from './engines/bubblewrap/index.ts';
import { ensureAgentFolders, ensureHiveFolders, purgeAgentFolders } from './folders.ts';
import { createRotation, rotateLog } from './log-rotation.ts';
import { containerPaths } from './paths.ts';
import type { Paths } from './paths.ts';
import { containerId, containerSpec } from './spec.ts';
import { createWatch, STOPPED_BY_HIVE } from './watch.ts';
import type { Watch } from './watch.ts';

/** What {@link createContainers} is built from. */
export interface ContainersOptions {
  config: Pick<Config, 'home' | 'run' | 'install' | 'parts'>;
  writer: Writer;
  host: Host;
  uids: Uids;
  clock: Clock;
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
  hooks: ContainerHooks;
  /** Tests pass another one. */
  engine?: Engine;
}

/** Builds {@link Containers}. Starts nothing; `adopt` comes first. */
export function createContainers(options: ContainersOptions): Containers {
  const { config, writer, host, uids, clock, log, hooks } = options;
  const engine = options.engine ?? createBubblewrapEngine(host);
  const paths = containerPaths(config);
  const folders = { host, paths, uids };
  const watch = createWatch({ engine, writer, hooks, log });
  const rotation = createRotation({ logs: () => watch.running().map(({ agent }) => paths.log(agent)), clock, log });
  const parts: Parts = { ...options, engine, paths, watch };
  let hiveFolders: Promise<void> | null = null;

  async function ensureFolders(agent: string, uid: number): Promise<void> {
    hiveFolders ??= ensureHiveFolders(folders);
    await hiveFolders;
    ensureAgentFolders(folders, agent, uid);
  }

  return {
    async start(container) {
      await ensureFolders(container.agent, container.uid);
      await start(parts, container);
    },
    ...createEnding({ watch, writer, clock }),
    async adopt() {
      await adopt(parts);
      rotation.start();
      return watch.running();
    },
    running: () => watch.running(),
    pid: (session) => watch.pid(session),
    ensureFolders,
    purge: (agent, uid) => purgeAgentFolders(folders, agent, uid),
    socketFolder: paths.socketFolder,
    logFile: paths.log,
    unenforced: () => engine.unenforced(),
    probe: () => engine.probe(),
    async [Symbol.asyncDispose]() {
      rotation[Symbol.dispose]();
      await watch[Symbol.asyncDispose]();
      engine[Symbol.dispose]();
    },
  };
}

interface Parts extends ContainersOptions {
  engine: Engine;
  paths: Paths;
  watch: Watch;
}

/** A container that cannot be recorded is none: it is taken away again. */
async function start(
  { config, engine, paths, uids, watch, writer, log }: Parts,
  container: AgentContainer,
): Promise<void> {
  rotateLog(paths.log(container.agent));
  const spec = containerSpec(container, { config, paths, uids });
  const handle = await engine.start(spec);
  const row = { session: container.session, agent: container.agent, engine: engine.name, handle };
  try {
    await writer.write('containers', (tx) => insertContainer(tx.db, row, tx.now));
  } catch (error) {
    await engine.kill(handle);
    await engine.cleanup(handle);
    throw error;
  }
  const state = await engine.inspect(handle);
  log.info({ agent: row.agent, session: row.session }, 'container started');
  watch.add({ ...row, pid: state.alive ? state.pid : null });
}

/** Tells ends that nobody heard of, takes up what runs, and clears away what no record names. */
async function adopt({ engine, paths, watch, writer, hooks, log }: Parts): Promise<void> {
  const rows = writer.read(listNotEnded);
  for (const { session, agent, exitCode, reason } of writer.read(listUntold)) {
    hooks.onEnd(agent, session, { exitCode, reason, byHive: reason === STOPPED_BY_HIVE });
  }
  for (const row of rows) {
    const state = await engine.inspect(row.handle);
    if (state.alive) watch.add({ ...row, pid: state.pid });
    else await watch.addEnded({ ...row, pid: null }, state);
    log.info({ agent: row.agent, session: row.session, alive: state.alive }, 'container found again');
  }
  const kept = new Set(watch.running().map(({ agent, session }) => containerId(agent, session)));
  await engine.sweep(paths.records, kept);
}
