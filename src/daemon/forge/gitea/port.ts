import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Clock } from '#src/lib/clock.ts';
import { HiveError } from '#src/lib/errors.ts';
import { pause } from '#src/lib/pause.ts';

/** A Gitea that ends with its killed daemon needs a moment to let go of the port. */
const TRIES = 25;
const TRY_MS = 200;
/** State of a listening socket in /proc/net/tcp. */
const LISTEN = '0A';

/**
 * Throws `conflict` naming the port when something listens on it already: Gitea could not start, and the daemon would hand its
 * administrator's password to a stranger.
 */
export async function refuseTakenPort(port: number, clock: Clock, signal: AbortSignal): Promise<void> {
  for (let tried = 1; !(await isFree(port)); tried++) {
    if (tried === TRIES || signal.aborted) throw takenPort(port);
    await pause(clock, TRY_MS, signal);
  }
}

/** What to say of a port that somebody else has. */
export function takenPort(port: number): HiveError {
  return new HiveError(
    'conflict',
    `port ${port} is taken: end what listens there, or choose another with \`hive up --forge-port PORT\``,
  );
}

/** Whether a process of user `uid` listens on a port of 127.0.0.1, and nobody else does. */
export async function listens(port: number, uid: number): Promise<boolean> {
  const rows = (await readFile('/proc/self/net/tcp', 'latin1')).split('\n').map((line) => line.trim().split(/\s+/));
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const owners = rows
    .filter(([, local, , state]) => local?.endsWith(`:${hex}`) && state === LISTEN)
    .map((row) => row[7]);
  return owners.length > 0 && owners.every((owner) => owner === String(uid));
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
