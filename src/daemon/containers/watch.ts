import type { Logger } from 'pino';
import type { Writer } from '../db/api.ts';
import type { ContainerHooks, RunningContainer } from './api.ts';
import { markEnded, type ContainerRow } from './containers-store.ts';
import type { ContainerEnd, Engine } from './engine.ts';

/** The reason recorded for an end that the hive itself brought. */
export const STOPPED_BY_HIVE = 'stopped by the hive';

/** What the watch needs. */
export interface WatchInputs {
  engine: Engine;
  writer: Writer;
  hooks: ContainerHooks;
  log: Pick<Logger, 'error'>;
}

/** A container that is looked after. */
interface Watched extends ContainerRow {
  pid: number | null;
}

interface Entry extends Watched {
  byHive: boolean;
  /** Set by whoever notices the end first. */
  settled: Promise<ContainerEnd> | null;
  ended: Promise<ContainerEnd>;
}

/** Looks after running containers: each end is recorded, cleaned up and told once. */
export interface Watch extends AsyncDisposable {
  add(container: Watched): void;
  /** Records and tells an end that was found at start. */
  addEnded(container: Watched, end: ContainerEnd): Promise<void>;
  running(): RunningContainer[];
  pid(session: number): number | null;
  /** Asks a container to end; its end, or null when it is not running. */
  terminate(session: number): Promise<ContainerEnd> | null;
  /** Kills a container and resolves when it is seen dead; null when it is not running. */
  kill(session: number): Promise<ContainerEnd | null>;
}

/** Builds {@link Watch}. */
export function createWatch({ engine, writer, hooks, log }: WatchInputs): Watch {
  const entries = new Map<number, Entry>();
  const stopping = new AbortController();

  function add(container: Watched): void {
    const entry: Entry = { ...container, byHive: false, settled: null, ended: Promise.resolve(UNKNOWN) };
    entries.set(entry.session, entry);
    entry.ended = engine.wait(entry.handle, stopping.signal).then((end) => settle(entry, end));
    entry.ended.catch((error: unknown) => {
      if (!stopping.signal.aborted) log.error({ err: error, session: entry.session }, 'container lost from sight');
    });
  }

  function settle(entry: Entry, end: ContainerEnd): Promise<ContainerEnd> {
    entry.settled ??= conclude(entry, entry.byHive ? { ...end, reason: STOPPED_BY_HIVE } : end);
    return entry.settled;
  }

  async function conclude(entry: Entry, end: ContainerEnd): Promise<ContainerEnd> {
    await writer.write('containers', (tx) => markEnded(tx.db, entry.session, end, tx.now));
    await engine.cleanup(entry.handle).catch((error: unknown) => {
      log.error({ err: error, session: entry.session }, 'traces of a container remain');
    });
    entries.delete(entry.session);
    hooks.onEnd(entry.agent, entry.session, { ...end, byHive: entry.byHive });
    return end;
  }

  return {
    add,
    async addEnded(container, end) {
      const entry: Entry = { ...container, byHive: false, settled: null, ended: Promise.resolve(end) };
      await settle(entry, end);
    },
    running: () => [...entries.values()].map(({ agent, session, pid }) => ({ agent, session, pid })),
    pid: (session) => entries.get(session)?.pid ?? null,
    terminate(session) {
      const entry = entries.get(session);
      if (!entry) return null;
      entry.byHive = true;
      return engine.terminate(entry.handle).then(() => entry.ended);
    },
    async kill(session) {
      const entry = entries.get(session);
      if (!entry) return null;
      entry.byHive = true;
      return settle(entry, await engine.kill(entry.handle));
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await Promise.allSettled([...entries.values()].flatMap((entry) => entry.settled ?? []));
    },
  };
}

const UNKNOWN: ContainerEnd = { exitCode: null, reason: '' };
