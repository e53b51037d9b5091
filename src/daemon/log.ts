import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import buildRoll from 'pino-roll';
import { inSources } from '#src/lib/source-places.ts';

/** Size at which a new file is begun, and how many old ones stay. */
const FILE_SIZE = '16m';
const OLD_FILES = 5;

/** Fields that never reach a log, whoever puts them into one. */
const SECRET = ['token', 'password', 'credential', 'value', 'nonce', 'session_token', 'authorization', 'cookie'];

/** The daemon's log and how to write out what it still holds. */
export interface DaemonLog extends AsyncDisposable {
  logger: Logger;
  /** Logs why the process must end at once and writes everything out; standard error gets it too. */
  lastWords(error: unknown): void;
}

/** Opens `<home>/logs/daemon.<n>.log`, rotated by size; `<home>/logs/current.log` leads to the newest. */
export async function openLog(home: string, level: string): Promise<DaemonLog> {
  const folder = join(home, 'logs');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stream = await buildRoll({
    file: join(folder, 'daemon'),
    extension: '.log',
    size: FILE_SIZE,
    limit: { count: OLD_FILES, removeOtherLogFiles: true },
    symlink: true,
    mode: 0o600,
  });
  await once(stream, 'ready');
  const paths = SECRET.flatMap((field) => [field, `*.${field}`]);
  let closed = false;
  const options = { level, base: null, redact: { paths, censor: '(secret)' }, serializers: { err: describe } };
  const logger = pino(options, stream);
  return {
    logger,
    lastWords(error) {
      process.stderr.write(
        `hive daemon: ends at once: ${error instanceof Error ? inSources(error.stack ?? '') : String(error)}\n`,
      );
      if (closed) return;
      logger.fatal({ err: error }, 'ends at once');
      stream.flushSync();
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      logger.level = 'silent';
      stream.end();
      await once(stream, 'close');
    },
  };
}

/** What pino makes of an error, with the places of its sources. */
function describe(error: Error): Error | pino.SerializedError {
  const said = pino.stdSerializers.err(error);
  if (typeof said?.stack === 'string') said.stack = inSources(said.stack);
  return said;
}
