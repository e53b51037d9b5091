import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { systemClock } from '#src/lib/clock.ts';
import { which } from '#src/lib/which.ts';
import type { Config } from '#src/daemon/config.ts';
import type { Forge, ForgeHooks } from '#src/daemon/forge/api.ts';
import { createForge } from '#src/daemon/forge/index.ts';
import { createHost } from '#src/daemon/host/index.ts';
import { loadSecrets } from '#src/daemon/secrets.ts';
import type { Secrets } from '#src/daemon/secrets.ts';
import { openTestDatabase } from './database.ts';
import type { TestDatabase } from './database.ts';

/** One call of a hook: its name and what it was given. */
export type HookCall = [keyof ForgeHooks, ...unknown[]];

/** A real forge in a home of its own. */
export interface TestForge extends AsyncDisposable {
  forge: Forge;
  config: Config;
  secrets: Secrets;
  database: TestDatabase;
  /** What the forge told, oldest first. */
  calls: HookCall[];
  /** Calls of one hook. */
  told(hook: keyof ForgeHooks): unknown[][];
  /** Stops the forge and starts it again in the same home. */
  restart(): Promise<void>;
}

/** The Gitea the tests run: `HIVE_TEST_GITEA`, or the one on PATH. */
export async function giteaBinary(): Promise<string> {
  const path = process.env['HIVE_TEST_GITEA'] ?? (await which('gitea', process.env['PATH'] ?? ''));
  if (!path) throw new Error('no Gitea: set HIVE_TEST_GITEA to the path of one');
  return path;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Boots a forge and waits until it is seeded; disposing ends it and deletes its home. */
export async function startTestForge(): Promise<TestForge> {
  const home = await mkdtemp(join(tmpdir(), 'hive-forge-'));
  const root = process.getuid?.() === 0;
  const host = await createHost({ root, hiveId: 'f0f0f0f0' });
  const config: Config = {
    ...({ port: await freePort(), forge_port: await freePort(), uid_base: 310_000, uid_count: 10_000 } as Config),
    home,
    run: join(home, 'run'),
    install: join(import.meta.dirname, '../..'),
    hiveId: 'f0f0f0f0',
    parts: { gitea: await giteaBinary(), nodeDir: '', claudeDir: null },
    root,
    logLevel: 'info',
  };
  const secrets = await loadSecrets(home);
  const database = openTestDatabase();
  const calls: HookCall[] = [];
  const start = async (): Promise<Forge> => {
    const forge = await createForge({
      config,
      secrets,
      writer: database.writer,
      host,
      uid: root ? 310_001 : null,
      log: pino({ level: process.env['HIVE_TEST_LOG'] ?? 'silent' }),
      clock: systemClock,
      hooks: recorder(calls),
    });
    await forge.ready(AbortSignal.timeout(90_000));
    return forge;
  };
  const made: TestForge = {
    forge: await start(),
    config,
    secrets,
    database,
    calls,
    told: (hook) => calls.filter(([name]) => name === hook).map(([, ...args]) => args),
    restart: async () => {
      await made.forge[Symbol.asyncDispose]();
      made.forge = await start();
    },
    async [Symbol.asyncDispose]() {
      await made.forge[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
      await rm(home, { recursive: true, force: true });
    },
  };
  return made;
}

function recorder(calls: HookCall[]): ForgeHooks {
  const note =
    (name: keyof ForgeHooks) =>
    async (...args: unknown[]): Promise<void> => {
      calls.push([name, ...args]);
    };
  return {
    agentsChanged: note('agentsChanged'),
    docsChanged: note('docsChanged'),
    commented: note('commented'),
    closed: note('closed'),
    concerns: note('concerns'),
    pushed: note('pushed'),
    acted: note('acted'),
  };
}
