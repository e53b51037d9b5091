import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { HiveError } from '#src/lib/errors.ts';
import { type AddressPolicy, createPublicAddressPolicy } from './public-address.ts';
import type { HostTarget } from './host-target.ts';

/** How the edge reaches the outside; tests put a loopback server where the public internet would be. */
export interface Outside {
  /** All addresses of a name. */
  resolve(host: string): Promise<string[]>;
  policy: AddressPolicy;
  /** Opens a connection to an address that was checked. */
  open(address: string, port: number): Socket;
}

const CONNECT_MS = 15_000;
/** Addresses of one name that are tried. */
const MOST_TRIES = 3;

/** The real outside: the host's resolver and network. */
export function realOutside(): Outside {
  return {
    resolve: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
    policy: createPublicAddressPolicy(),
    open: (host, port) => connect({ host, port, autoSelectFamily: false }),
  };
}

/**
 * Resolves once, checks every answer, and connects to exactly an address that was checked: a name that changes its answer in between gains nothing.
 * Throws `forbidden` when any answer is not public, `unavailable` when nothing can be reached.
 */
export async function dial({ host, port }: HostTarget, outside: Outside, signal: AbortSignal): Promise<Socket> {
  const addresses = await outside.resolve(host).catch((cause: NodeJS.ErrnoException) => {
    throw new HiveError('unavailable', `${host} cannot be resolved (${cause.code ?? cause.message}).`, { cause });
  });
  const reason = addresses.map(outside.policy).find((problem) => problem !== undefined);
  if (reason !== undefined) throw new HiveError('forbidden', `${host} is refused: ${reason}.`);
  let last: unknown;
  for (const address of addresses.slice(0, MOST_TRIES)) {
    try {
      return await open(() => outside.open(address, port), signal);
    } catch (error) {
      signal.throwIfAborted();
      last = error;
    }
  }
  const { code } = (last ?? {}) as NodeJS.ErrnoException;
  throw new HiveError('unavailable', `${host}:${port} does not answer${code ? ` (${code})` : ''}.`, { cause: last });
}

async function open(start: () => Socket, signal: AbortSignal): Promise<Socket> {
  const socket = start();
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)]) });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
