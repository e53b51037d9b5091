import { parseArgs } from 'node:util';
import { runDaemon } from './run-daemon.ts';

/** What `hive up` leaves running above the daemon: small, since all it does is to start the daemon again when that was killed. */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { home: { type: 'string' } } });
  return await runDaemon(values.home ?? '', process.env);
}

process.exitCode = await main();
