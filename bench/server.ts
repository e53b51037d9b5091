import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pino from 'pino';
import type { Context } from '#src/daemon/rpc/api.ts';
import { createRpc } from '#src/daemon/rpc/rpc.ts';
import { openBenchBroker } from './bench-broker.ts';
import { benchNonce } from './nonce.ts';

/**
 * The daemon's own database, broker and sockets without forge and containers, as a process of its own: `node bench/server.ts FOLDER AGENTS`. The agents'
 * sessions wait for a hello with {@link benchNonce}. Prints `ready`, ends with its standard input.
 */
async function main(folder: string, count: number): Promise<void> {
  const log = pino({ level: 'warn' }, pino.destination(2));
  const { broker, agents } = await openBenchBroker(folder, count, log);
  const socketFolder = (agent: string): string => join(folder, agent);
  const context = {
    config: { run: folder, root: false },
    broker,
    edge: {},
    containers: { socketFolder },
    agents: { harnessConfig },
  } as unknown as Context;
  const rpc = await createRpc({ context, log, webUid: null, checkOutput: false });
  for (const name of agents) {
    mkdirSync(socketFolder(name), { recursive: true });
    await broker.openSession(name, benchNonce(name));
    await rpc.openAgent(name, null);
  }
  createServer((socket) => socket.pipe(socket)).listen(join(folder, 'echo.sock'));
  process.stdout.write('ready\n');
  process.stdin.resume().once('end', () => process.exit());
}

function harnessConfig(agent: string): object {
  const forge = { host: '127.0.0.1', port: 1 };
  const rest = { command: null, prompt: '', forge, login: null, egress: [] };
  return { agent, manager: false, runtime: 'command', model: null, ...rest };
}

await main(process.argv[2] ?? '', Number(process.argv[3]));
