import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import type { HarnessConfig } from '#src/protocol/methods/harness.ts';
import type { HarnessEnv } from '../config.ts';
import { answerHook } from '../hooks/endpoint.ts';
import { handleMcp } from '../mcp/server.ts';
import type { ToolContext } from '../mcp/tool.ts';
import type { LoopbackPorts } from '../turn-env.ts';
import { listenPipe } from './pipe.ts';

const LOOPBACK = '127.0.0.1';

/** What listens on a container’s loopback. */
export interface Loopback extends AsyncDisposable {
  ports: LoopbackPorts;
}

/** Starts what a container sees on its loopback: forge (where it is outside, too), model, egress proxy, and the hive's tools with the hooks' endpoint. */
export async function startLoopback(
  env: HarnessEnv,
  config: HarnessConfig,
  context: ToolContext,
  log: Logger,
): Promise<Loopback> {
  await using stack = new AsyncDisposableStack();
  const [modelPort, egressPort, mcpPort] = choosePorts(env.loopbackPort, config.forge.port);
  const pipe = async (service: 'forge' | 'model' | 'egress', host: string, port: number): Promise<number> =>
    stack.use(await listenPipe({ service, socket: env.socket, host, port })).port;
  await pipe('forge', config.forge.host, config.forge.port).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    log.warn({ port: config.forge.port }, 'the forge address is taken here: no pipe to the forge');
  });
  const ports = {
    model: await pipe('model', LOOPBACK, modelPort),
    egress: await pipe('egress', LOOPBACK, egressPort),
    mcp: await listenTools(stack, context, mcpPort, log),
  };
  const owned = stack.move();
  return { ports, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Three ports from `first` on, without the forge's; 0 = any free ones. */
function choosePorts(first: number, forge: number): [number, number, number] {
  if (first === 0) return [0, 0, 0];
  const ports = [first, first + 1, first + 2, first + 3].filter((port) => port !== forge);
  return [ports[0]!, ports[1]!, ports[2]!];
}

async function listenTools(
  stack: AsyncDisposableStack,
  context: ToolContext,
  port: number,
  log: Logger,
): Promise<number> {
  const route = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const path = (req.url ?? '').split('?')[0];
    if (path === '/mcp') return handleMcp(context, req, res);
    if (path === '/hooks/claude') return answerHook(context, req, res);
    res.writeHead(404).end();
  };
  const server = createServer((req, res) => {
    route(req, res).catch((error: unknown) => {
      log.error({ err: error }, 'a loopback request failed');
      if (!res.headersSent) res.writeHead(500);
      res.end();
    });
  });
  stack.defer(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen({ host: LOOPBACK, port }, resolve));
  return (server.address() as AddressInfo).port;
}
