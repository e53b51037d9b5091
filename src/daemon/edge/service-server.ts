import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import type { Connections } from './connections.ts';
import { answerText } from './answer.ts';
import { createPatience } from './patience.ts';

/** From accept, or from the end of a response, to the end of the next request's header. */
const HEADER_MS = 60_000;
/** Without a byte in either direction, also during a request (Gitea may think long about a push). */
const IDLE_MS = 15 * 60_000;
const MAX_HEADER_BYTES = 32 * 1024;

/** Answers one request of an agent; what it throws becomes 500. */
export type HandleRequest = (agent: string, req: IncomingMessage, res: ServerResponse) => Promise<void>;
/** Takes over a connection after CONNECT. */
export type HandleConnect = (agent: string, req: IncomingMessage, socket: Socket, head: Buffer) => Promise<void>;

/** What a service does with requests. Services without `connect` close connections that ask for it. */
export interface Service {
  handle: HandleRequest;
  connect?: HandleConnect;
}

/** HTTP/1.1 over sockets that somebody else accepted, one request at a time on each. Returns the function that takes a socket. */
export function serveHttp(
  service: Service,
  { connections, clock, log }: { connections: Connections; clock: Clock; log: Logger },
): (socket: Socket) => void {
  const patience = createPatience(clock);
  const busy = new WeakSet<Socket>();
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: 0, insecureHTTPParser: false });
  server.timeout = IDLE_MS;
  const onRequest = (req: IncomingMessage, res: ServerResponse): void => {
    const { socket } = req;
    // No client of ours pipelines; whoever does could have any number of requests under way.
    if (busy.has(socket)) return void socket.destroy();
    busy.add(socket);
    patience.stop(socket);
    res.once('close', () => {
      busy.delete(socket);
      patience.give(socket, HEADER_MS);
    });
    const agent = connections.agentOf(socket);
    service.handle(agent, req, res).catch((error: unknown) => {
      if (!res.destroyed) log.error({ err: error, agent, method: req.method }, 'edge request failed');
      if (res.headersSent) res.destroy();
      else answerText(res, 500, 'The hive could not answer this; its log says why.');
    });
  };
  server.on('request', onRequest);
  server.on('checkContinue', onRequest);
  server.on('connect', (req: IncomingMessage, socket: Socket, head: Buffer) => {
    patience.stop(socket);
    socket.on('error', () => socket.destroy());
    if (!service.connect) return void socket.end('HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\n\r\n');
    service.connect(connections.agentOf(socket), req, socket, head).catch((error: unknown) => {
      if (!socket.destroyed) log.error({ err: error }, 'edge tunnel failed');
      socket.destroy();
    });
  });
  server.on('clientError', (_error, socket) => {
    // Behind the beginning of a response an error would read as its content.
    if (socket.writable && !busy.has(socket as Socket))
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    else socket.destroy();
  });
  return (socket) => {
    patience.give(socket, HEADER_MS);
    server.emit('connection', socket);
  };
}
