import { once } from 'node:events';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Broker } from '../src/daemon/broker/index.ts';
import { openBrokerAlone } from '../src/daemon/standby/broker-alone.ts';
import type { BrokerAlone } from '../src/daemon/standby/broker-alone.ts';
import { standBy } from '../src/daemon/standby/stand-by.ts';
import { keptCode } from '../src/lib/kept-code.ts';
import { STAND_BY } from '../src/protocol/standby.ts';
import { runFolder } from './run-folder.ts';
import { serveAgents, serverLog } from './serve.ts';

/**
 * The daemon's own parts without forge and containers, as they start after a crash: database, broker with its sessions taken up, sockets of all agents.
 * `node bench/fleet-server.ts FOLDER AGENTS`; prints `ready PID`, then `polling` once every agent waits in `next`, answers each line on descriptor 3 with its
 * memory in bytes, ends with it. With `--stand-by` it waits as the hive's daemon does, and prints `warm` first.
 */
async function main(folder: string, count: number): Promise<void> {
  if (process.argv.includes(`--${STAND_BY}`) && !(await isNeeded(folder))) return;
  const log = serverLog();
  const bench = await openBrokerAlone(folder, count, log);
  await bench.broker.start();
  await serveAgents(folder, { ...bench, broker: tellingOfPolls(bench) }, log);
  process.stdout.write(`ready ${process.pid}\n`);
  const lines = createInterface(new Socket({ fd: 3 }));
  lines.on('line', () => {
    collectGarbage();
    process.stdout.write(`${process.memoryUsage.rss()}\n`);
  });
  await once(lines, 'close');
  await keptCode.keep();
  process.exit();
}

/** As the hive's daemon stands by. */
async function isNeeded(folder: string): Promise<boolean> {
  const over = new AbortController();
  const say = (line: string): never => {
    throw new Error(line);
  };
  const onWarm = (): void => void process.stdout.write('warm\n');
  return await standBy({ run: runFolder(folder), input: process.stdin, signal: over.signal, say, onWarm });
}

/** Asked for only now: a flag at the start of Node has it compile all modules of its own, which it brings compiled for the flags it has by itself (16 ms). */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

/** The broker, which says when as many calls of `next` wait as there are agents: what each of them wrote before it waits is committed. */
function tellingOfPolls({ broker, writer, agents }: BrokerAlone): Broker {
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
