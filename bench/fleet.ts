import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { starter } from '../src/cli/bundle/starter.ts';
import { DAEMON_OPTIONS } from '../src/cli/supervisor/run-daemon.ts';
import { poll } from './poller.ts';
import { newFolder } from './servers.ts';
import { percentile } from './statistics.ts';

/** Ticks of /proc/PID/stat per second. */
const TICKS = 100;

/** How many agents, and how often. */
export interface FleetScale {
  /** Agents of the hive that starts. */
  cold: number;
  /** Agents that are connected. */
  agents: number;
  starts: number;
  kills: number;
  /** Seconds of idling. */
  idle: number;
}

/** What a daemon alone costs, without forge and containers. */
export interface FleetResult {
  /** Start of Node itself, `node -e 0`, p50, ms. */
  node: number;
  /** From spawn to all sockets open, p50, ms. */
  coldStart: number;
  /** From SIGKILL to every agent polling again, p50, ms. */
  recovery: number;
  /** Per connected agent that waits for mail, KiB. */
  memory: number;
  /** Of one core with all agents connected and waiting, percent. */
  idleCpu: number;
}

/** The process, and the lines that it prints. */
interface Daemon {
  process: ChildProcessByStdio<Writable, Readable, null>;
  lines: AsyncIterator<string>;
}

/** Starts, kills and weighs the daemon's own parts as a process of their own; its agents are connections of the measuring process. */
export async function measureFleet(parent: string, scale: FleetScale): Promise<FleetResult> {
  const cache = join(parent, 'cache');
  const say = (line: string): never => {
    throw new Error(line);
  };
  const program = starter({ main: join(import.meta.dirname, 'fleet-server.ts'), cache, say });
  const launch = async (folder: string, agents: number): Promise<Daemon> => {
    const args = [...DAEMON_OPTIONS, ...(await program()), folder, String(agents)];
    const env = { ...process.env, NODE_COMPILE_CACHE: join(cache, 'node-compile') };
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'], env });
    const daemon = { process: child, lines: createInterface(child.stdout)[Symbol.asyncIterator]() };
    await line(daemon);
    return daemon;
  };
  await warmUp(newFolder(parent, 'warm'), scale.agents, launch);
  const node: number[] = [];
  for (let start = 0; start < scale.starts * 3; start++) node.push(await timed(startNode));
  const empty = await weigh(await launch(newFolder(parent, 'nobody'), 0));
  const cold = newFolder(parent, 'cold');
  const starts: number[] = [];
  await end(await launch(cold, scale.cold));
  for (let start = 0; start < scale.starts; start++) {
    let daemon: Daemon | undefined;
    starts.push(await timed(async () => (daemon = await launch(cold, scale.cold))));
    if (daemon) await end(daemon);
  }
  return {
    node: percentile(node, 0.5),
    coldStart: percentile(starts, 0.5),
    ...(await measureConnected(newFolder(parent, 'fleet'), scale, { launch, empty })),
  };
}

type Launch = (folder: string, agents: number) => Promise<Daemon>;

interface Launched {
  launch: Launch;
  /** Bytes of a daemon without agents. */
  empty: number;
}

/** A daemon as one was before that ran for a while and ended in order: it leaves what it compiled to those that follow. */
async function warmUp(folder: string, agents: number, launch: Launch): Promise<void> {
  const { daemon, leave } = await launchPolled(folder, agents, launch);
  await leave();
  await end(daemon);
}

async function measureConnected(
  folder: string,
  scale: FleetScale,
  { launch, empty }: Launched,
): Promise<Pick<FleetResult, 'recovery' | 'memory' | 'idleCpu'>> {
  const { leave, refused, ...polled } = await launchPolled(folder, scale.agents, launch);
  let { daemon } = polled;
  await pause(1000);
  const busy = cpuSeconds(daemon);
  await pause(scale.idle * 1000);
  const idleCpu = ((cpuSeconds(daemon) - busy) / scale.idle) * 100;
  const memory = ((await ask(daemon)) - empty) / scale.agents / 1024;
  const recoveries: number[] = [];
  for (let kill = 0; kill < scale.kills; kill++) {
    const start = performance.now();
    const gone = once(daemon.process, 'exit');
    daemon.process.kill('SIGKILL');
    daemon = await launch(folder, scale.agents);
    await gone;
    await Promise.race([line(daemon), refused]);
    recoveries.push(performance.now() - start);
  }
  await leave();
  await end(daemon);
  return { recovery: percentile(recoveries, 0.5), memory, idleCpu };
}

interface Polled {
  daemon: Daemon;
  /** Settles when an agent was refused. */
  refused: Promise<void>;
  /** Agents end. */
  leave(): Promise<void>;
}

/** A daemon whose agents all wait in `next`. */
async function launchPolled(folder: string, agents: number, launch: Launch): Promise<Polled> {
  const daemon = await launch(folder, agents);
  const pollers = Array.from({ length: agents }, (_, index) => poll(folder, `a${index}`));
  const refused = Promise.race(pollers.map(({ done }) => done));
  await Promise.race([line(daemon), refused]);
  const leave = async (): Promise<void> => {
    for (const poller of pollers) poller.stop();
    await Promise.all(pollers.map(({ done }) => done));
  };
  return { daemon, refused, leave };
}

async function startNode(): Promise<void> {
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit');
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

/** What it says next; throws when it ended before that. */
async function line({ lines, process: { exitCode } }: Daemon): Promise<string> {
  const { value, done } = await lines.next();
  if (done) throw new Error(`the daemon ended with ${exitCode}`);
  return value;
}

async function weigh(daemon: Daemon): Promise<number> {
  const bytes = await ask(daemon);
  await end(daemon);
  return bytes;
}

/** Its memory after a collection, bytes. */
async function ask(daemon: Daemon): Promise<number> {
  daemon.process.stdin.write('\n');
  return Number(await line(daemon));
}

async function end({ process: child }: Daemon): Promise<void> {
  child.stdin.end();
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

function cpuSeconds({ process: { pid } }: Daemon): number {
  const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const values = fields.split(' ');
  return (Number(values[11]) + Number(values[12])) / TICKS;
}
