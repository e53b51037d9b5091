import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createBubblewrapEngine } from '#src/daemon/containers/engines/bubblewrap/index.ts';
import type { ContainerSpec, Engine } from '#src/daemon/containers/engine.ts';
import type { Host } from '#src/daemon/host/api.ts';
import { createHost } from '#src/daemon/host/index.ts';

/** Numeric uid for agents of tests under root; far from what a hive on this host would take. */
export const TEST_UID = 391_000;

/** Whether the tests run as root: agents then have uids of their own. */
export const asRoot = process.getuid?.() === 0;

/** The folder that a container gets as /opt/node. */
export const nodeDir = dirname(dirname(process.execPath));

/** A folder nobody but its owner can enter, an engine, and specs for containers whose HOME is below it. Disposing ends what a failed test left. */
export interface Place extends AsyncDisposable {
  dir: string;
  hiveId: string;
  host: Host;
  engine: Engine;
  uid: number | null;
  /** A container that runs `script` with bash. */
  spec(id: string, script: string, changes?: Partial<ContainerSpec>): ContainerSpec;
  log(id: string): string;
}

/** Makes a {@link Place}; `dir` of another process is used as it is, and kept. */
export async function makePlace(dir?: string): Promise<Place> {
  const home = dir ?? mkdtempSync(join(tmpdir(), 'hive-containers-'));
  const hiveId = home.slice(-6);
  const host = await createHost({ root: asRoot, hiveId });
  const engine = createBubblewrapEngine(host);
  const uid = asRoot ? TEST_UID : null;
  for (const name of ['state', 'records', 'logs']) mkdirSync(join(home, name), { recursive: true, mode: 0o700 });
  host.ensureFolder(join(home, 'state'), { uid: uid ?? undefined, mode: 0o700 });
  return {
    dir: home,
    hiveId,
    host,
    engine,
    uid,
    spec: (id, script, changes = {}) => ({
      id,
      hostname: 'alice',
      uid,
      sharedGid: null,
      argv: ['/bin/bash', '-c', script],
      env: { HOME: '/agents/alice/state', PATH: '/opt/node/bin:/usr/bin:/bin', LANG: 'C.UTF-8' },
      cwd: '/agents/alice/state',
      binds: [
        { source: join(home, 'state'), target: '/agents/alice/state', writable: true },
        { source: nodeDir, target: '/opt/node', writable: false },
      ],
      stdin: '',
      logFile: join(home, 'logs', `${id}.log`),
      recordDir: join(home, 'records', id),
      limits: { memoryMb: 512, processes: 128, cpuPercent: 200 },
      ...changes,
    }),
    log: (id) => readFileSync(join(home, 'logs', `${id}.log`), 'utf8'),
    async [Symbol.asyncDispose]() {
      await engine.sweep(join(home, 'records'), new Set());
      engine[Symbol.dispose]();
      if (dir === undefined) rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Runs `script` in a container of its own and answers what it printed, once it has ended and nothing of it is left. */
export async function runInContainer(
  place: Place,
  id: string,
  script: string,
  changes?: Partial<ContainerSpec>,
): Promise<string> {
  const handle = await place.engine.start(place.spec(id, script, changes));
  await place.engine.wait(handle, AbortSignal.timeout(30_000));
  await place.engine.cleanup(handle);
  return place.log(id);
}
