import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createEvents } from '../src/daemon/events/index.ts';
import { reminderWork } from '../src/daemon/scheduler/fire-reminders.ts';
import { createScheduler } from '../src/daemon/scheduler/index.ts';
import { NO_GUARDS } from '../src/daemon/broker/index.ts';
import { systemClock } from '../src/lib/clock.ts';
import { openBrokerAlone } from '../src/daemon/standby/broker-alone.ts';
import type { BrokerAlone } from '../src/daemon/standby/broker-alone.ts';
import type { Logger } from 'pino';
import { serveAgents, serverLog } from './serve.ts';

/** Agents that take part in nothing but wakes. */
const APART = 2;
/** Reminders that fire one by one, to compare. */
const ALONE = 4000;
const NS_PER_MS = 1e6;

/**
 * The daemon's database, broker, scheduler and sockets with `due` reminders due: `node bench/reminder-server.ts FOLDER AGENTS DUE`. Prints one JSON line when
 * some were fired one by one, and after a line on its standard input fires the others at once and prints a second one. Ends with its standard input.
 */
async function main(folder: string, agents: number, due: number): Promise<void> {
  const log = serverLog();
  const bench = await openBrokerAlone(folder, agents, log);
  await setReminders(bench, due + ALONE);
  const start = performance.now();
  const work = reminderWork({ hooks: bench.broker, clock: systemClock, log });
  for (let fired = 0; fired < ALONE; fired++) await bench.writer.write('scheduler', (tx) => work.fire(tx, 1));
  const alone = performance.now() - start;
  await serveAgents(folder, bench, log);
  say({ perSecond: (ALONE / alone) * 1000 });
  process.stdin.once('end', () => process.exit());
  await once(process.stdin, 'data');
  say(await storm(bench, due, log));
}

async function setReminders({ writer, agents }: BrokerAlone, count: number): Promise<void> {
  const owners = agents.slice(APART);
  await writer.write('system', (tx) => {
    const insert = tx.db.prepare(
      `INSERT INTO reminders (agent, message, due_at, state, set_by, created_at) VALUES (?, ?, ?, 'pending', ?, 0)`,
    );
    for (let index = 0; index < count; index++) {
      const owner = owners[index % owners.length];
      insert.run(owner, `look at number ${index} again`, tx.now - count + index, owner);
    }
  });
}

/** What the storm did to the process: stalls are how late a timer of one millisecond was. */
async function storm(bench: BrokerAlone, due: number, log: Logger): Promise<object> {
  const { writer, broker } = bench;
  const events = createEvents({ writer, log });
  const limits = { limits: NO_GUARDS.reminders, zone: 'UTC' };
  const scheduler = createScheduler({ writer, events, clock: systemClock, log, hooks: broker, works: [], ...limits });
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const start = performance.now();
  await scheduler.start();
  const took = performance.now() - start;
  delays.disable();
  const left = scheduler.reminders({ max: 1 }).length;
  if (left > 0) throw new Error('not everything has fired');
  return {
    perSecond: (due / took) * 1000,
    stallP99: delays.percentile(99) / NS_PER_MS,
    stallWorst: delays.max / NS_PER_MS,
  };
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const [folder = '', agents, due] = process.argv.slice(2);
await main(folder, Number(agents), Number(due));
