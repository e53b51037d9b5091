import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { systemClock } from '#src/lib/clock.ts';
import { sha256 } from '#src/lib/sha256.ts';
import { createHealth } from '../health/health.ts';
import type { Context } from '../rpc/api.ts';
import { createRpc, type Rpc } from '../rpc/rpc.ts';
import type { BrokerAlone } from './broker-alone.ts';

/**
 * Opens a daemon's own sockets over a broker, without forge and containers, below the folder `run`: one per agent, whose session waits for a hello with
 * {@link nonceAlone}.
 */
export async function openSocketsAlone(run: string, alone: BrokerAlone, log: Logger): Promise<Rpc> {
  const { broker, writer, agents, added } = alone;
  mkdirSync(run, { recursive: true });
  const socketFolder = (agent: string): string => join(run, agent);
  // What waits for mail and takes orders asks for no more than this.
  const context = {
    config: { run, root: false },
    broker,
    health: createHealth({ writer, clock: systemClock, log, damagedMessages: broker.damagedMessages }),
    edge: {},
    containers: { socketFolder },
    agents: { harnessConfig, attachControl: () => () => undefined },
  } as unknown as Context;
  const rpc = await createRpc({ context, log, webUid: null, checkOutput: false });
  for (const name of added) {
    mkdirSync(socketFolder(name), { recursive: true });
    await broker.openSession(name, nonceAlone(name));
  }
  for (const name of agents) await rpc.openAgent(name, null);
  return rpc;
}

/** The nonce of such an agent's session: 64 hex digits. */
export function nonceAlone(agent: string): string {
  return sha256(agent);
}

function harnessConfig(agent: string): object {
  const forge = { host: '127.0.0.1', port: 1 };
  const rest = { command: null, prompt: '', forge, login: null, egress: [] };
  return { agent, manager: false, runtime: 'command', model: null, ...rest };
}
