import { join } from 'node:path';
import { resolveByAddress } from '#src/lib/module-addresses.ts';

resolveByAddress();
const { pino } = await import('pino');
const { HiveError } = await import('#src/lib/errors.ts');
const { readEnv } = await import('./config.ts');
const { runHarness } = await import('./harness.ts');
const { readNonce } = await import('./nonce.ts');

/** The daemon refused this session: another container takes its place. */
const REFUSED = 4;
/** A second signal, or an end that hangs this long, ends at once. */
const LAST_MS = 10_000;

/** The process in an agent's container: binds to the daemon by the nonce from standard input, then runs turns until SIGTERM or an order to stop. */
async function main(): Promise<void> {
  const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime });
  const stop = new AbortController();
  const onSignal = (): void => {
    stop.abort(new Error('the container is being stopped'));
    setTimeout(() => process.exit(1), LAST_MS).unref();
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  try {
    const env = readEnv(process.env);
    const nonce = await readNonce(process.stdin);
    const install = join(import.meta.dirname, '../..');
    await runHarness({ env, nonce, install, log, signal: stop.signal });
    log.info('ended');
  } catch (error) {
    log.error({ err: error }, 'the harness ends');
    process.exitCode = error instanceof HiveError ? REFUSED : 1;
  }
}

await main();
