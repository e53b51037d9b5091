import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pino from 'pino';
import { createBroker } from '#src/daemon/broker/index.ts';
import { createWriter, openDatabase } from '#src/daemon/db/index.ts';
import { createRpc } from '#src/daemon/rpc/rpc.ts';
import type { Context } from '#src/daemon/rpc/api.ts';
import { systemClock } from '#src/lib/clock.ts';
import { benchNonce } from './nonce.ts';

/** Longer than any run: nothing is given up for being quiet. */
const FOREVER_MS = 24 * 3_600_000;
const MIGRATIONS = join(import.meta.dirname, '../src/daemon/db/migrations');

/**
 * The daemon's own database, broker and sockets without forge and containers, as a process of its own: `node bench/server.ts FOLDER AGENTS`. Agents are called
 * `a0`, `a1` …; their sessions wait for a hello with {@link benchNonce}. Prints `ready`, ends with its standard input.
 */
async function main(folder: string, agents: number): Promise<void> {
  const log = pino({ level: 'warn' }, pino.destination(2));
  const clock = systemClock;
  const db = openDatabase(join(folder, 'hive.db'), { migrationsDir: MIGRATIONS, clock });
  const fatal = (error: unknown): never => {
    throw error;
  };
  const writer = createWriter({ db, clock, log, fatal });
  const nothing = (): void => undefined;
  const hooks = { sessionLost: nothing, outboxFilled: nothing, turnOutcome: nothing, turnCancelled: nothing };
  const settings = { hello: FOREVER_MS, turnStart: FOREVER_MS };
  const broker = createBroker({
    writer,
    clock,
    log,
    hooks: { ...hooks, threadUrl: (ask) => `/threads/${ask}` },
    settings,
  });
  const names = Array.from({ length: agents }, (_, index) => `a${index}`);
  await writer.write('system', (tx) => {
    const insert = tx.db.prepare(
      `INSERT INTO agents (name, uid, config, config_commit, added_at, changed_at) VALUES (?, ?, '{}', '', 0, 0)`,
    );
    names.forEach((name, index) => insert.run(name, index));
  });
  const socketFolder = (agent: string): string => join(folder, agent);
  const context = {
    config: { run: folder, root: false },
    broker,
    edge: {},
    containers: { socketFolder },
    agents: { harnessConfig: (agent: string) => harnessConfig(agent) },
  } as unknown as Context;
  const rpc = await createRpc({ context, log, webUid: null, checkOutput: false });
  for (const name of names) {
    mkdirSync(socketFolder(name), { recursive: true });
    await broker.openSession(name, benchNonce(name));
    await rpc.openAgent(name, null);
  }
  const echo = createServer((socket) => socket.pipe(socket)).listen(join(folder, 'echo.sock'));
  process.stdout.write('ready\n');
  process.stdin.resume().once('end', () => {
    echo.close();
    process.exit();
  });
}

function harnessConfig(agent: string): object {
  const forge = { host: '127.0.0.1', port: 1 };
  const rest = { command: null, prompt: '', forge, login: null, egress: [] };
  return { agent, manager: false, runtime: 'command', model: null, ...rest };
}

await main(process.argv[2] ?? '', Number(process.argv[3]));
