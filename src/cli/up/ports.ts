import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { HiveError } from '#src/lib/errors.ts';

/** The ports of a hive whose operator asked for none: dashboard and forge, both on loopback. */
export const DEFAULT_PORTS = { port: 7000, forge_port: 7001 } as const;

const LOWEST = 10_000;
const TRIES = 50;

/**
 * A port that is free on 127.0.0.1 right now. It is below those that the kernel hands to whoever asks for any: a hive keeps it, and some day one of them would
 * be in use when it starts.
 */
export async function freePort(): Promise<number> {
  const end = await firstOfAny();
  if (end <= LOWEST) return listenOnce(0);
  for (let tries = 0; tries < TRIES; tries++) {
    const port = await listenOnce(randomInt(LOWEST, end)).catch(() => undefined);
    if (port !== undefined) return port;
  }
  return listenOnce(0);
}

/** The first port that the kernel hands out by itself. */
async function firstOfAny(): Promise<number> {
  const range = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'latin1').catch(() => '');
  return Number.parseInt(range, 10) || 0;
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
