import { closeSync, constants, ftruncateSync, fstatSync, openSync, readSync, writeFileSync } from 'node:fs';
import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';

/** A container's log is cut when it is longer than this; as much of its end goes to `<log>.1`. */
const MAX_LOG_BYTES = 8 * 1024 * 1024;
/** How often the logs of running containers are measured; one timer for all. */
const ROTATE_EVERY_MS = 30_000;

/** What {@link createRotation} looks after: `logs` says the paths that are written to now. */
export interface RotationInputs {
  logs: () => string[];
  clock: Clock;
  log: Pick<Logger, 'warn'>;
}

/** Cuts logs at `start` and every half minute from then on. */
export interface Rotation extends Disposable {
  start(): void;
}

/** Builds {@link Rotation}. */
export function createRotation({ logs, clock, log }: RotationInputs): Rotation {
  let cancel = (): void => undefined;
  function rotate(): void {
    for (const path of logs()) {
      try {
        rotateLog(path);
      } catch (error) {
        log.warn({ err: error, path }, 'log not rotated');
      }
    }
    cancel = clock.after(ROTATE_EVERY_MS, rotate);
  }
  return { start: rotate, [Symbol.dispose]: () => cancel() };
}

/**
 * Cuts a log that has grown too long, also while it is written to: the writer appends to the same file. One older part is kept. The log's folder is
 * the daemon's alone; the file itself is the agent's, and no symlink is followed.
 */
export function rotateLog(path: string, maxBytes = MAX_LOG_BYTES): void {
  const fd = tryOpen(path);
  if (fd === null) return;
  try {
    const { size } = fstatSync(fd);
    if (size <= maxBytes) return;
    const tail = Buffer.alloc(maxBytes);
    const length = readSync(fd, tail, 0, maxBytes, size - maxBytes);
    writeFileSync(`${path}.1`, tail.subarray(0, length), { mode: 0o600 });
    ftruncateSync(fd, 0);
  } finally {
    closeSync(fd);
  }
}

function tryOpen(path: string): number | null {
  try {
    return openSync(path, constants.O_RDWR | constants.O_NOFOLLOW);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
