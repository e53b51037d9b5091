import { parseArgs } from 'node:util';
import { toHiveError } from '#src/lib/errors.ts';
import { runDaemon } from './run-daemon.ts';

/** What `hive up` leaves running above the daemon: small, since all it does is to start the daemon again when that was killed, and the next one ahead. */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { home: { type: 'string' } } });
  return await runDaemon(values.home ?? '', process.env);
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`hive: ${toHiveError(error).message}\n`);
  process.exitCode = 1;
}
