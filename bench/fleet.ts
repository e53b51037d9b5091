import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
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
  /** Seconds for which a daemon stands by, once it is warm, before the other one is killed. */
  standBy: number;
  /** Seconds of idling. */
  idle: number;
}

/** What a daemon alone costs, without forge and containers. */
export interface FleetResult {
  /** Start of Node itself, `node -e 0`, p50, ms. */
  node: number;
  /** From spawn to all sockets open, p50, ms. */
  coldStart: number;
  /** From SIGKILL to every agent polling again, p50, ms, with a daemon that stands by. */
  recovery: number;
  /** The same without one. */
  recoveryAlone: number;
  /** Per connected agent that waits for mail, KiB. */
  memory: number;
  /** Of one core with all agents connected and waiting, percent. */
  idleCpu: number;
}

/** A process that is a daemon, or supervises one. */
interface Program {
  process: ChildProcess;
  /** What a line on it asks of the daemon; it ends with it. */
  control: Writable;
  /** What the daemon says next; throws when the process ended before that. */
  line(): Promise<string>;
}

/** A daemon whose sockets are open. */
interface Daemon extends Program {
  pid: number;
}

/** Starts `agents` in `folder`; resolves when their sockets are open. */
type Launch = (folder: string, agents: number) => Promise<Daemon>;

/** Starts, kills and weighs the daemon's own parts as a process of their own; its agents are connections of the measuring process. */
export async function measureFleet(parent: string, scale: FleetScale): Promise<FleetResult> {
  const cache = join(parent, 'cache');
  const say = (line: string): never => {
    throw new Error(line);
  };
  const program = starter({ main: join(import.meta.dirname, 'fleet-server.ts'), cache, say });
  const env = { ...process.env, NODE_COMPILE_CACHE: join(cache, 'node-compile') };
  const launch: Launch = async (folder, agents) =>
    opened(start([...DAEMON_OPTIONS, ...(await program()), folder, String(agents)], env));
  const launchSupervised: Launch = (folder, agents) =>
    opened(start([join(import.meta.dirname, 'fleet-supervisor.ts'), cache, folder, String(agents)], env));
  await warmUp(newFolder(parent, 'warm'), scale.agents, launch);
  const node: number[] = [];
  for (let run = 0; run < scale.starts * 3; run++) node.push(await timed(startNode));
  const empty = await weigh(await launch(newFolder(parent, 'nobody'), 0));
  const cold = newFolder(parent, 'cold');
  const starts: number[] = [];
  await end(await launch(cold, scale.cold));
  for (let run = 0; run < scale.starts; run++) {
    let daemon: Daemon | undefined;
    starts.push(await timed(async () => (daemon = await launch(cold, scale.cold))));
    if (daemon) await end(daemon);
  }
  return {
    node: percentile(node, 0.5),
    coldStart: percentile(starts, 0.5),
    ...(await measureConnected(newFolder(parent, 'fleet'), scale, { launch: launchSupervised, empty })),
  };
}

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
): Promise<Omit<FleetResult, 'node' | 'coldStart'>> {
  const polled = await launchPolled(folder, scale.agents, launch);
  const { daemon } = polled;
  await pause(1000);
  const busy = cpuSeconds(daemon);
  await pause(scale.idle * 1000);
  const idleCpu = ((cpuSeconds(daemon) - busy) / scale.idle) * 100;
  const memory = ((await ask(daemon)) - empty) / scale.agents / 1024;
  const alone: number[] = [];
  const recovered: number[] = [];
  for (let kill = 0; kill < scale.kills; kill++) alone.push(await recoveryOf(polled));
  for (let kill = 0; kill < scale.kills; kill++) {
    daemon.process.stdin?.write('stand by\n');
    await daemon.line();
    await pause(scale.standBy * 1000);
    recovered.push(await recoveryOf(polled));
  }
  await polled.leave();
  await end(daemon);
  return { recovery: percentile(recovered, 0.5), recoveryAlone: percentile(alone, 0.5), memory, idleCpu };
}

/** Kills a daemon; how long it takes until every agent polls again, ms. */
async function recoveryOf({ daemon, refused }: Polled): Promise<number> {
  return await timed(async () => {
    process.kill(daemon.pid, 'SIGKILL');
    daemon.pid = pidIn(await daemon.line());
    await Promise.race([daemon.line(), refused]);
  });
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
  await Promise.race([daemon.line(), refused]);
  const leave = async (): Promise<void> => {
    for (const poller of pollers) poller.stop();
    await Promise.all(pollers.map(({ done }) => done));
  };
  return { daemon, refused, leave };
}

function start(args: readonly string[], env: NodeJS.ProcessEnv): Program {
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit', 'pipe'], env });
  const lines = createInterface(child.stdout as Readable)[Symbol.asyncIterator]();
  const line = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`the daemon ended with ${child.exitCode}`);
    return value;
  };
  return { process: child, control: child.stdio[3] as Writable, line };
}

async function opened(program: Program): Promise<Daemon> {
  return { ...program, pid: pidIn(await program.line()) };
}

function pidIn(line: string): number {
  return Number(line.replace('ready ', ''));
}

async function startNode(): Promise<void> {
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit');
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

async function weigh(daemon: Daemon): Promise<number> {
  const bytes = await ask(daemon);
  await end(daemon);
  return bytes;
}

/** Its memory after a collection, bytes. */
async function ask({ control, line }: Daemon): Promise<number> {
  control.write('\n');
  return Number(await line());
}

async function end({ process: child, control }: Daemon): Promise<void> {
  control.end();
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

function cpuSeconds({ pid }: Daemon): number {
  const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const values = fields.split(' ');
  return (Number(values[11]) + Number(values[12])) / TICKS;
}
