import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { pino } from 'pino';
import { systemClock } from '#src/lib/clock.ts';
import type { Config } from '#src/daemon/config.ts';
import type { Forge, ForgeHooks } from '#src/daemon/forge/api.ts';
import { createForge } from '#src/daemon/forge/create-forge.ts';
import type { ForgeOptions } from '#src/daemon/forge/create-forge.ts';
import { createHost } from '#src/daemon/host/index.ts';
import { loadSecrets } from '#src/daemon/secrets.ts';
import type { Secrets } from '#src/daemon/secrets.ts';
import { openTestDatabase } from './database.ts';
import type { TestDatabase } from './database.ts';
import { freePort } from './free-port.ts';
import { testParts } from './hive/parts.ts';
import { waitUntil } from './wait.ts';

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
  /** An agent as the hive knows it: an account and its row. */
  addAgent(name: string): Promise<void>;
  /** Ends Gitea as a crash does and waits until the forge noticed. */
  killGitea(): Promise<void>;
  /** Calls the forge's API as an agent with the credential its edge would add, or as `operator` or `hive-root`. */
  api(who: string, method: string, path: string, body?: unknown): Promise<{ status: number; data: any }>;
  /** Runs git as an agent; answers exit code and everything it printed. `FORGE` in an argument becomes the address with the agent's credential. */
  git(who: string, cwd: string, ...args: string[]): Promise<{ code: number; output: string }>;
  /** A folder that goes with the forge. */
  folder(name: string): Promise<string>;
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
    parts: { gitea: (await testParts(false)).gitea!.path, nodeDir: '', claudeDir: null },
    root,
    logLevel: 'info',
  };
  const secrets = await loadSecrets(home);
  const database = openTestDatabase();
  const calls: HookCall[] = [];
  const start = (): Promise<Forge> => boot({ config, secrets, host, writer: database.writer, hooks: recorder(calls) });
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
    addAgent: async (name) => {
      await insertAgent(database, name, await made.forge.ensureAgent(name));
    },
    killGitea: async () => {
      process.kill(made.forge.state().pid!, 'SIGKILL');
      await waitUntil('the forge to notice', () => made.forge.state().state !== 'up');
    },
    api: (who, method, path, body) => callApi(made, who, { method, path, body }),
    git: async (who, cwd, ...args) => {
      const { username, token } = await made.forge.credential(who);
      const address = made.forge.url().replace('//', `//${username}:${token}@`);
      const done = await execa('git', gitArgs(who, args, address), { cwd, env: GIT_ENV, reject: false, all: true });
      return { code: done.exitCode ?? -1, output: done.all };
    },
    folder: async (name) => {
      await mkdir(join(home, 'test', name), { recursive: true });
      return join(home, 'test', name);
    },
    async [Symbol.asyncDispose]() {
      await made.forge[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
      await rm(home, { recursive: true, force: true });
    },
  };
  return made;
}

type Given = Pick<ForgeOptions, 'config' | 'secrets' | 'host' | 'writer' | 'hooks'>;

async function boot(given: Given): Promise<Forge> {
  const forge = await createForge({
    ...given,
    uid: given.config.root ? 310_001 : null,
    log: pino({ level: process.env['HIVE_TEST_LOG'] ?? 'silent' }),
    clock: systemClock,
  });
  try {
    await forge.ready(AbortSignal.timeout(90_000));
    return forge;
  } catch (error) {
    await forge[Symbol.asyncDispose]();
    throw error;
  }
}

async function insertAgent({ writer }: TestDatabase, name: string, id: number): Promise<void> {
  await writer.write('test', ({ db, now }) =>
    db
      .prepare(
        `INSERT INTO agents (name, uid, forge_user_id, config, config_commit, added_at, changed_at)
         VALUES (?, 310010 + (SELECT count(*) FROM agents), ?, '{}', '', ?, ?)`,
      )
      .run(name, id, now, now),
  );
}

const GIT_ENV = { GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };

function gitArgs(who: string, args: string[], address: string): string[] {
  const identity = ['-c', `user.name=${who}`, '-c', `user.email=${who}@hive.invalid`, '-c', 'init.defaultBranch=main'];
  return [...identity, ...args.map((arg) => arg.replace('FORGE', address))];
}

async function callApi(
  { forge, secrets }: TestForge,
  who: string,
  call: { method: string; path: string; body: unknown },
): Promise<{ status: number; data: any }> {
  const person = ['operator', 'hive-root'].includes(who);
  const { username, token } = person
    ? { username: 'hive-root', token: secrets.forgeRootPassword }
    : await forge.credential(who);
  const answer = await fetch(`${forge.url()}/api/v1${call.path}`, {
    method: call.method,
    headers: {
      authorization: `Basic ${Buffer.from(`${username}:${token}`).toString('base64')}`,
      'content-type': 'application/json',
      ...(who === 'operator' && { sudo: 'operator' }),
    },
    ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
  });
  const text = await answer.text();
  return { status: answer.status, data: text === '' ? null : JSON.parse(text) };
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
