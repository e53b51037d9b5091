import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { Express } from 'express';
import type { ListenOptions } from 'node:net';

const MOST_CONNECTIONS = 256;
const HEADERS_WITHIN_MS = 10_000;
const REQUEST_WITHIN_MS = 30_000;

/** Serves `app` on one listening socket; connections and slow headers are bounded, an upgrade is refused. */
export async function serve(app: Express, listen: ListenOptions | { fd: number }): Promise<Server> {
  const server = createServer({ headersTimeout: HEADERS_WITHIN_MS, requestTimeout: REQUEST_WITHIN_MS }, app);
  server.maxConnections = MOST_CONNECTIONS;
  server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n'));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen, () => resolve());
  });
  return server;
}
