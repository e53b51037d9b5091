import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { createBroker, NO_GUARDS } from '#src/daemon/broker/index.ts';
import { createWriter, openDatabase } from '#src/daemon/db/index.ts';
import type { Context } from '#src/daemon/rpc/api.ts';
import { createRpc } from '#src/daemon/rpc/rpc.ts';
import { systemClock } from '#src/lib/clock.ts';
import { nonceOf } from './polling.ts';

/** A hive opens a session right before it starts the container; here all of them are opened before the first harness comes, and wait for it from then on. */
const HELLO_MS = 120_000;
const MIGRATIONS = join(import.meta.dirname, '../../src/daemon/db/migrations');

/**
 * The daemon's database, broker and sockets for as many agents as one likes, without forge and containers: `node polling-server.ts FOLDER AGENTS`. Started
 * again over the same folder it takes up the sessions, as the daemon does. Prints `ready`; what goes wrong stands on its standard error.
 */
async function main(folder: string, count: number): Promise<void> {
  const clock = systemClock;
  const log = pino({ level: 'warn' }, pino.destination(2));
  const agents = Array.from({ length: count }, (_, index) => `a${index}`);
  const db = openDatabase(join(folder, 'hive.db'), { migrationsDir: MIGRATIONS, clock });
  const isNew = db.prepare('SELECT 1 FROM agents').get() === undefined;
  const fatal = (error: unknown): never => {
    throw error;
  };
  const writer = createWriter({ db, clock, log, fatal });
  const nothing = (): void => undefined;
  const sessionLost = (agent: string, session: number, reason: string): void =>
    log.error({ agent, session, reason }, 'session lost');
  const hooks = { sessionLost, outboxFilled: nothing, turnOutcome: nothing, turnCancelled: nothing, threadUrl: String };
  const broker = createBroker({ writer, clock, log, hooks, settings: { guards: NO_GUARDS, hello: HELLO_MS } });
  if (isNew) {
    await writer.write('system', (tx) => {
      const insert = tx.db.prepare(
        `INSERT INTO agents (name, uid, config, config_commit, added_at, changed_at) VALUES (?, ?, '{}', '', 0, 0)`,
      );
      agents.forEach((name, index) => insert.run(name, index));
    });
  }
  await broker.start();
  const socketFolder = (agent: string): string => join(folder, agent);
  const context = {
    config: { run: folder, root: false },
    broker,
    edge: {},
    containers: { socketFolder },
    agents: { harnessConfig, attachControl: () => nothing },
  } as unknown as Context;
  const rpc = await createRpc({ context, log, webUid: null, checkOutput: false });
  await Promise.all(
    agents.map(async (name) => {
      mkdirSync(socketFolder(name), { recursive: true });
      if (isNew) await broker.openSession(name, nonceOf(name));
      await rpc.openAgent(name, null);
    }),
  );
  process.stdout.write('ready\n');
}

function harnessConfig(agent: string): object {
  const forge = { host: '127.0.0.1', port: 1 };
  const rest = { command: null, prompt: '', forge, login: null, egress: [] };
  return { agent, manager: false, runtime: 'command', model: null, ...rest };
}

await main(process.argv[2] ?? '', Number(process.argv[3]));
