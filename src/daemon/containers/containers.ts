import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import type { Config } from '../config.ts';
import type { Writer } from '../db/api.ts';
import type { Host, Uids } from '../host/api.ts';
import type { AgentContainer, ContainerHooks, Containers, RunningContainer } from './api.ts';
import { findEnd, insertContainer, listNotEnded, listUntold } from './containers-store.ts';
import type { ContainerEnd, Engine } from './engine.ts';
import { createBubblewrapEngine } from './engines/bubblewrap/index.ts';
import { ensureAgentFolders, ensureHiveFolders, purgeAgentFolders } from './folders.ts';
import { rotateLog } from './log-rotation.ts';
import { containerPaths } from './paths.ts';
import { containerId, containerSpec } from './spec.ts';
import { createWatch, STOPPED_BY_HIVE } from './watch.ts';

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

/** How often running containers' logs are measured; one timer for all. */
const ROTATE_EVERY_MS = 30_000;

/** Builds {@link Containers}. Starts nothing; `adopt` comes first. */
export function createContainers(options: ContainersOptions): Containers {
  const { config, writer, host, uids, clock, log } = options;
  const engine = options.engine ?? createBubblewrapEngine(host);
  const paths = containerPaths(config);
  const folders = { host, paths, uids };
  const watch = createWatch({ engine, writer, hooks: options.hooks, log });
  let hiveFolders: Promise<void> | null = null;
  let cancelRotation = (): void => undefined;

  function rotateLogs(): void {
    for (const { agent } of watch.running()) {
      try {
        rotateLog(paths.log(agent));
      } catch (error) {
        log.warn({ err: error, agent }, 'log not rotated');
      }
    }
    cancelRotation = clock.after(ROTATE_EVERY_MS, rotateLogs);
  }

  async function ensureFolders(agent: string, uid: number): Promise<void> {
    hiveFolders ??= ensureHiveFolders(folders);
    await hiveFolders;
    ensureAgentFolders(folders, agent, uid);
  }

  async function start(container: AgentContainer): Promise<void> {
    await ensureFolders(container.agent, container.uid);
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

  async function kill(session: number): Promise<ContainerEnd> {
    return (await watch.kill(session)) ?? recordedEnd(session);
  }

  async function stop(session: number, graceMs: number): Promise<ContainerEnd> {
    const ended = watch.terminate(session);
    if (ended === null) return recordedEnd(session);
    let cancel = (): void => undefined;
    const late = new Promise<null>((resolve) => (cancel = clock.after(graceMs, () => resolve(null))));
    const end = await Promise.race([ended, late]);
    cancel();
    return end ?? kill(session);
  }

  function recordedEnd(session: number): ContainerEnd {
    return writer.read((db) => findEnd(db, session)) ?? { exitCode: null, reason: 'there was no container' };
  }

  async function adopt(): Promise<RunningContainer[]> {
    const rows = writer.read(listNotEnded);
    for (const { session, agent, exitCode, reason } of writer.read(listUntold)) {
      options.hooks.onEnd(agent, session, { exitCode, reason, byHive: reason === STOPPED_BY_HIVE });
    }
    for (const row of rows) {
      const state = await engine.inspect(row.handle);
      if (state.alive) watch.add({ ...row, pid: state.pid });
      else await watch.addEnded({ ...row, pid: null }, state);
      log.info({ agent: row.agent, session: row.session, alive: state.alive }, 'container found again');
    }
    const kept = new Set(watch.running().map(({ agent, session }) => containerId(agent, session)));
    await engine.sweep(paths.records, kept);
    rotateLogs();
    return watch.running();
  }

  return {
    start,
    stop,
    kill,
    adopt,
    running: () => watch.running(),
    pid: (session) => watch.pid(session),
    ensureFolders,
    purge: (agent, uid) => purgeAgentFolders(folders, agent, uid),
    socketFolder: paths.socketFolder,
    logFile: paths.log,
    unenforced: () => engine.unenforced(),
    probe: () => engine.probe(),
    async [Symbol.asyncDispose]() {
      cancelRotation();
      await watch[Symbol.asyncDispose]();
      engine[Symbol.dispose]();
    },
  };
}
