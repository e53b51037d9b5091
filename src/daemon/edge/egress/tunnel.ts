import type { Socket } from 'node:net';

/** A tunnel without a byte in either direction for this long is ended. */
const IDLE_MS = 10 * 60_000;

/** Joins two connections until one of them ends. `head` is what the client sent right after CONNECT. */
export function joinTunnel(client: Socket, server: Socket, head: Buffer): void {
  const end = (): void => {
    client.destroy();
    server.destroy();
  };
  for (const socket of [client, server]) {
    socket.setTimeout(IDLE_MS, end);
    socket.once('error', end);
    socket.once('close', end);
  }
  if (client.destroyed || server.destroyed) return end();
  server.write(head);
  client.pipe(server);
  server.pipe(client);
}
