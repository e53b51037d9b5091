import { createServer } from 'node:net';
import { HiveError } from '#src/lib/errors.ts';

/** The ports of a hive whose operator asked for none: dashboard and forge, both on loopback. */
export const DEFAULT_PORTS = { port: 7000, forge_port: 7001 } as const;

/** A port that is free on 127.0.0.1 right now. */
export async function freePort(): Promise<number> {
  return listenOnce(0);
}

/** Refuses a port that something listens on, naming the port and the option that chooses another. */
export async function requireFree(port: number, option: string): Promise<number> {
  try {
    return await listenOnce(port);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const why = code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used (${code})`;
    const look = `ss -lntp 'sport = :${port}' shows by whom`;
    throw new HiveError(
      'conflict',
      `port ${port} ${why} (${look}): free it, or choose another with ${option} N (0 = a free one)`,
      { cause },
    );
  }
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : port));
    });
  });
}
