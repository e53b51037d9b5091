import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import pino from 'pino';
import { type Clock, systemClock } from '#src/lib/clock.ts';
import type { MeteredUsage } from '#src/protocol/usage.ts';
import type { Edge, EdgeHooks } from '#src/daemon/edge/api.ts';
import { createEdge } from '#src/daemon/edge/edge.ts';
import type { Outside } from '#src/daemon/edge/egress/dial.ts';

/** An edge with hooks that record; agents reach it over loopback ports as they would through their harness. */
export interface TestEdge extends AsyncDisposable {
  edge: Edge;
  used: MeteredUsage[];
  refused: { agent: string; host: string; port: number; remedy: string }[];
  /** Opens a port whose connections are `agent`'s on that service; answers `http://127.0.0.1:<port>`. */
  open(agent: string, service: Parameters<Edge['serve']>[1]): Promise<string>;
}

const NOTHING: Omit<EdgeHooks, 'refused' | 'used'> = {
  mayReach: () => true,
  runningTurn: () => 7,
  forgeUrl: () => 'http://127.0.0.1:1',
  forgeCredential: async (agent) => ({ username: agent, token: `token-of-${agent}` }),
  egress: () => [],
  models: () => [],
  modelCredential: () => ({ kind: 'api_key', value: 'sk-real-key' }),
  modelUpstream: () => 'http://127.0.0.1:1',
};

/** Starts an edge; `hooks` override those that do nothing. */
export function startEdge(options: { hooks?: Partial<EdgeHooks>; clock?: Clock; outside?: Outside } = {}): TestEdge {
  const { hooks, clock = systemClock, outside } = options;
  const used: MeteredUsage[] = [];
  const refused: TestEdge['refused'] = [];
  const listeners: Server[] = [];
  const edge = createEdge({
    hooks: {
      ...NOTHING,
      used: (usage) => void used.push(usage),
      refused: (agent, host, port, remedy) => void refused.push({ agent, host, port, remedy }),
      ...hooks,
    },
    log: pino({ level: 'silent' }),
    clock,
    ...(outside && { outside }),
  });
  return {
    edge,
    used,
    refused,
    async open(agent, service) {
      const listener = createServer({ allowHalfOpen: true }, (socket: Socket) => edge.serve(agent, service, socket));
      listeners.push(listener);
      listener.listen(0, '127.0.0.1');
      await once(listener, 'listening');
      return `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
    },
    async [Symbol.asyncDispose]() {
      await edge[Symbol.asyncDispose]();
      for (const listener of listeners) listener.close();
    },
  };
}
