import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { HiveError } from '#src/lib/errors.ts';

/** Listening sockets as descriptors to hand over; dispose as soon as the child has them, else this process would take connections too. */
export interface Listeners extends Disposable {
  fds: number[];
}

/**
 * Opens the dashboard's port on the loopback addresses that `localhost` has on this host. Throws `conflict` naming the port when
 * somebody else listens there.
 */
export async function openListeners(port: number): Promise<Listeners> {
  const servers: Server[] = [];
  const close = (): void => {
    for (const server of servers) server.close();
  };
  try {
    for (const host of await loopbackAddresses()) servers.push(await listenOn(host, port));
  } catch (error) {
    close();
    throw error;
  }
  return { fds: servers.map(descriptor), [Symbol.dispose]: close };
}

/** 127.0.0.1 always; ::1 where browsers would try it for `localhost`. */
async function loopbackAddresses(): Promise<string[]> {
  const found = await lookup('localhost', { all: true }).catch(() => []);
  return found.some(({ address }) => address === '::1') ? ['127.0.0.1', '::1'] : ['127.0.0.1'];
}

async function listenOn(host: string, port: number): Promise<Server> {
  const server = createServer();
  server.listen({ host, port, ipv6Only: host === '::1' });
  try {
    await once(server, 'listening');
    return server;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const fix =
      code === 'EADDRINUSE' ? 'end what listens there, or choose another with `hive up --port PORT`' : String(cause);
    throw new HiveError('conflict', `port ${port} on ${host} is taken: ${fix}`, { cause });
  }
}

/** NOTE: Node has no public way to a listening socket's descriptor (FACTS/containers §10). */
function descriptor(server: Server): number {
  const { _handle: handle } = server as unknown as { _handle: { fd: number } };
  return handle.fd;
}
