import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import type { Logger } from 'pino';
import { createHealth } from '../src/daemon/health/health.ts';
import type { Context } from '../src/daemon/rpc/api.ts';
import { createRpc } from '../src/daemon/rpc/rpc.ts';
import { systemClock } from '../src/lib/clock.ts';
import type { BenchBroker } from './bench-broker.ts';
import { benchNonce } from './nonce.ts';
import { runFolder } from './run-folder.ts';

/** The log of a server process: its standard error. */
export function serverLog(): Logger {
  return pino({ level: 'warn' }, pino.destination(2));
}

/**
 * Opens the daemon's own sockets over a broker, without forge and containers: one per agent, whose session waits for a hello with {@link benchNonce}.
 */
export async function serveAgents(folder: string, bench: BenchBroker, log: Logger): Promise<void> {
  const { broker, writer, agents, added } = bench;
  const run = runFolder(folder);
  mkdirSync(run, { recursive: true });
  const socketFolder = (agent: string): string => join(run, agent);
  const context = {
    config: { run, root: false },
    broker,
    health: createHealth({ writer, clock: systemClock, log, damagedMessages: broker.damagedMessages }),
    edge: {},
    containers: { socketFolder },
    agents: { harnessConfig, attachControl: async () => () => undefined },
  } as unknown as Context;
  const rpc = await createRpc({ context, log, webUid: null, checkOutput: false });
  for (const name of added) {
    mkdirSync(socketFolder(name), { recursive: true });
    await broker.openSession(name, benchNonce(name));
  }
  for (const name of agents) await rpc.openAgent(name, null);
}

function harnessConfig(agent: string): object {
  const forge = { host: '127.0.0.1', port: 1 };
  const rest = { command: null, prompt: '', forge, login: null, egress: [] };
  return { agent, manager: false, runtime: 'command', model: null, ...rest };
}
