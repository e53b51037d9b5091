import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { Controls } from '#src/daemon/agents/controls.ts';
import type { Context } from '#src/daemon/rpc/api.ts';
import { createRpc } from '#src/daemon/rpc/rpc.ts';
import { connect } from '#src/protocol/client.ts';
import type { Client } from '#src/protocol/client.ts';
import { systemClock } from '#src/lib/clock.ts';
import type { ControlEvent } from '#src/protocol/methods/harness.ts';
import { PROTOCOL_VERSION } from '#src/protocol/frames.ts';
import { methods } from '#src/protocol/methods/index.ts';
import type { TestBroker } from './broker.ts';

/** The daemon's real sockets in front of a test's broker, without forge and containers. */
export interface BrokerSockets extends AsyncDisposable {
  /** Connects to an agent's socket; with a nonce it says hello first. */
  agent(name: string, nonce?: string): Promise<Client>;
  operator(): Promise<Client>;
  /** Gives an agent's harness an order; false when none takes any. */
  order(agent: string, order: ControlEvent): boolean;
  /** Path of an agent's socket. */
  door(name: string): string;
}

/** Opens host.sock and the sockets of `agents`. */
export async function openBrokerSockets({ broker }: TestBroker, agents: string[]): Promise<BrokerSockets> {
  const folder = mkdtempSync(join(tmpdir(), 'hive-sockets-'));
  const log = pino({ level: 'silent' });
  const socketFolder = (agent: string): string => join(folder, agent);
  const forge = { host: '127.0.0.1', port: 1 };
  const config = {
    manager: false,
    runtime: 'command',
    model: null,
    command: null,
    prompt: '',
    login: null,
    egress: [],
  };
  const controls = new Controls(systemClock);
  const attachControl = controls.attach.bind(controls);
  const context = {
    config: { run: folder, root: false },
    broker,
    edge: {},
    containers: { socketFolder },
    agents: { harnessConfig: (agent: string) => ({ ...config, agent, forge }), attachControl },
  } as unknown as Context;
  const rpc = await createRpc({ context, log, webUid: null, checkOutput: true });
  for (const name of agents) {
    mkdirSync(socketFolder(name));
    await rpc.openAgent(name, null);
  }
  return {
    async agent(name, nonce) {
      const client = await connect(join(socketFolder(name), 'hive.sock'), { service: 'rpc' });
      const hello = { protocol: PROTOCOL_VERSION, build: 'test', pid: process.pid };
      if (nonce !== undefined) await client.call(methods.hello, { ...hello, nonce });
      return client;
    },
    order: (agent, order) => controls.order(agent, order),
    door: (name) => join(socketFolder(name), 'hive.sock'),
    operator: () => connect(join(folder, 'host.sock')),
    async [Symbol.asyncDispose]() {
      await rpc[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
