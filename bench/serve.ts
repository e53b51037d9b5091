import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pino from 'pino';
import type { Logger } from 'pino';
import type { Context } from '#src/daemon/rpc/api.ts';
import { createRpc } from '#src/daemon/rpc/rpc.ts';
import type { BenchBroker } from './bench-broker.ts';
import { benchNonce } from './nonce.ts';

/** The log of a server process: its standard error. */
export function serverLog(): Logger {
  return pino({ level: 'warn' }, pino.destination(2));
}

/**
 * Opens the daemon's own sockets over a broker, without forge and containers: one per agent, whose session waits for a hello with {@link benchNonce}, and
 * `echo.sock`.
 */
export async function serveAgents(folder: string, { broker, agents }: BenchBroker, log: Logger): Promise<void> {
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
}

function harnessConfig(agent: string): object {
  const forge = { host: '127.0.0.1', port: 1 };
  const rest = { command: null, prompt: '', forge, login: null, egress: [] };
  return { agent, manager: false, runtime: 'command', model: null, ...rest };
}
