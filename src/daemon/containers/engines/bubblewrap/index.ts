import type { Host } from '#src/daemon/host/api.ts';
import type { Engine } from '../../engine.ts';
import { createChanges, type Changes } from './changes.ts';
import { finish, isRunning } from './death.ts';
import { readHandle, statusFile, type Record } from './record.ts';
import { startContainer } from './start.ts';
import { removeTraces, sweep } from './sweep.ts';

/** Containers made by bubblewrap. Its outer process is the only supervisor they need: it survives the daemon and writes the exit code down (FACTS/containers §1). */
export function createBubblewrapEngine(host: Host): Engine {
  const changes = createChanges();
  return {
    name: 'bubblewrap',
    probe: () => host.probe(host.root ? PROBE_UID : null),
    unenforced: async () => unenforced(host),
    start: (spec) => startContainer(host, changes, spec),
    inspect: async (handle) => {
      const record = readHandle(handle);
      if (isRunning(host, record)) return { alive: true, pid: record.inner.pid };
      return { alive: false, ...(await finish(host, record)) };
    },
    wait: async (handle, signal) => {
      const record = readHandle(handle);
      await ended(host, changes, record, signal);
      return finish(host, record);
    },
    terminate: async (handle) => terminate(host, readHandle(handle)),
    kill: (handle) => finish(host, readHandle(handle)),
    cleanup: async (handle) => {
      const { recordDir, cgroups } = readHandle(handle);
      await removeTraces(host, recordDir, cgroups);
    },
    sweep: (records, kept) => sweep(host, records, kept),
    [Symbol.dispose]: () => changes[Symbol.dispose](),
  };
}

/** `nobody`: any uid but root's shows whether sandboxes start. */
const PROBE_UID = 65_534;

function unenforced(host: Host): string[] {
  const shared = host.root ? [] : ['a host user per agent: without root all agents run as the user of the hive'];
  return [...host.limits.unenforced(), 'disk space of agents: what they fill is not limited', ...shared];
}

function ended(host: Host, changes: Changes, record: Record, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (!isRunning(host, record)) settle(resolve);
    };
    const onAbort = (): void => settle(() => reject(signal.reason));
    const unfollow = changes.follow(statusFile(record.recordDir), look);
    const settle = (then: () => void): void => {
      unfollow();
      signal.removeEventListener('abort', onAbort);
      then();
    };
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    else look();
  });
}

function terminate(host: Host, record: Record): void {
  if (isRunning(host, record)) host.processes.signalSandbox(record.outer.pid, 'SIGTERM');
}
