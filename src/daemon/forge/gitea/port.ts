import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Clock } from '#src/lib/clock.ts';
import { HiveError } from '#src/lib/errors.ts';
import { pause } from '#src/lib/pause.ts';

/** A Gitea that ends with its killed daemon needs a moment to let go of the port. */
const TRIES = 25;
const TRY_MS = 200;

/**
 * Throws `conflict` naming the port when something listens on it already: Gitea could not start, and the daemon would hand its
 * administrator's password to a stranger.
 */
export async function refuseTakenPort(port: number, clock: Clock, signal: AbortSignal): Promise<void> {
  for (let tried = 1; !(await isFree(port)); tried++) {
    if (tried === TRIES || signal.aborted)
      throw new HiveError(
        'conflict',
        `port ${port} is taken: end what listens there, or choose another with \`hive up --forge-port PORT\``,
      );
    await pause(clock, TRY_MS, signal);
  }
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
