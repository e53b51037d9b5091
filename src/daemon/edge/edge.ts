import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import type { Edge, EdgeHooks } from './api.ts';
import { createConnections } from './connections.ts';
import { type Outside, realOutside } from './egress/dial.ts';
import { createEgressService } from './egress/egress-service.ts';
import { createForgeService } from './forge/forge-service.ts';
import { createPushGate } from './forge/push-gate.ts';
import { createModelService } from './model/model-service.ts';
import { serveHttp } from './service-server.ts';

/** What the edge is made of. */
export interface EdgeParts {
  hooks: EdgeHooks;
  log: Logger;
  clock: Clock;
  /** Where egress goes; the real network unless a test says otherwise. */
  outside?: Outside;
}

/** The daemon's doors from containers to forge, models and the outside (DESIGN §5). */
export function createEdge({ hooks, log, clock, outside = realOutside() }: EdgeParts): Edge {
  const connections = createConnections();
  const gate = createPushGate(clock);
  const shared = { connections, clock, log };
  const services: Record<Parameters<Edge['serve']>[1], (socket: Socket) => void> = {
    forge: serveHttp(createForgeService({ hooks, gate }), shared),
    model: serveHttp(createModelService({ hooks, clock }), shared),
    egress: serveHttp(createEgressService({ hooks, outside }), shared),
  };
  return {
    serve(agent, service, socket) {
      if (!hooks.mayReach(agent)) return void socket.destroy();
      if (connections.add(agent, service, socket)) services[service](socket);
      else log.warn({ agent, service }, 'edge connection refused: too many');
    },
    cut: (agent) => connections.cut(agent),
    drainPushes: (ms) => gate.drain(ms),
    async [Symbol.asyncDispose]() {
      connections.cutAll();
    },
  };
}
