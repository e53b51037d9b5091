import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { resolveByAddress } from '../src/lib/module-addresses.ts';

resolveByAddress();
const { openBenchBroker } = await import('./bench-broker.ts');
const { serveAgents, serverLog } = await import('./serve.ts');

/**
 * The daemon's own parts without forge and containers, as they start after a crash: database, broker with its sessions taken up, sockets of all agents.
 * `node --expose-gc bench/fleet-server.ts FOLDER AGENTS`; prints `ready`, answers each line on its standard input with its memory in bytes, ends with it.
 */
async function main(folder: string, count: number): Promise<void> {
  const log = serverLog();
  const bench = await openBenchBroker(folder, count, log);
  await bench.broker.start();
  await serveAgents(folder, bench, log);
  process.stdout.write('ready\n');
  const lines = createInterface(process.stdin);
  lines.on('line', () => {
    globalThis.gc?.();
    process.stdout.write(`${process.memoryUsage.rss()}\n`);
  });
  await once(lines, 'close');
  process.exit();
}

await main(process.argv[2] ?? '', Number(process.argv[3]));
