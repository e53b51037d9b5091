import { createServer } from 'node:net';
import { join } from 'node:path';
import { openBrokerAlone } from '../src/daemon/standby/broker-alone.ts';
import { serveAgents, serverLog } from './serve.ts';

/**
 * The daemon's own database, broker and sockets without forge and containers, as a process of its own, and an `echo.sock`: `node bench/server.ts FOLDER AGENTS`. Prints `ready`,
 * ends with its standard input.
 */
async function main(folder: string, count: number): Promise<void> {
  const log = serverLog();
  await serveAgents(folder, await openBrokerAlone(folder, count, log), log);
  createServer((socket) => socket.pipe(socket)).listen(join(folder, 'echo.sock'));
  process.stdout.write('ready\n');
  process.stdin.resume().once('end', () => process.exit());
}

await main(process.argv[2] ?? '', Number(process.argv[3]));
