import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Broker } from '../src/daemon/broker/index.ts';
import { keptCode } from '../src/lib/kept-code.ts';
import { openBenchBroker } from './bench-broker.ts';
import type { BenchBroker } from './bench-broker.ts';
import { serveAgents, serverLog } from './serve.ts';

/**
 * The daemon's own parts without forge and containers, as they start after a crash: database, broker with its sessions taken up, sockets of all agents.
 * `node bench/fleet-server.ts FOLDER AGENTS`; prints `ready`, then `polling` once every agent waits in `next`, answers each line on its standard
 * input with its memory in bytes, ends with it.
 */
async function main(folder: string, count: number): Promise<void> {
  const log = serverLog();
  const bench = await openBenchBroker(folder, count, log);
  await bench.broker.start();
  await serveAgents(folder, { ...bench, broker: tellingOfPolls(bench) }, log);
  process.stdout.write('ready\n');
  const lines = createInterface(process.stdin);
  lines.on('line', () => {
    collectGarbage();
    process.stdout.write(`${process.memoryUsage.rss()}\n`);
  });
  await once(lines, 'close');
  await keptCode.keep();
  process.exit();
}

/** Asked for only now: a flag at the start of Node has it compile all modules of its own, which it brings compiled for the flags it has by itself (16 ms). */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

/** The broker, which says when as many calls of `next` wait as there are agents: what each of them wrote before it waits is committed. */
function tellingOfPolls({ broker, writer, agents }: BenchBroker): Broker {
  const polling = new Set<number>();
  const tell = async (): Promise<void> => {
    await Promise.all(agents.map((agent) => writer.write(agent, () => undefined)));
    process.stdout.write('polling\n');
  };
  return {
    ...broker,
    next(session, max, signal) {
      const turn = broker.next(session, max, signal);
      if (polling.size < agents.length && polling.add(session).size === agents.length) void tell();
      return turn;
    },
  };
}

void main(process.argv[2] ?? '', Number(process.argv[3]));
