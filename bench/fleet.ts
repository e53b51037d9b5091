import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { Poller } from './poller.ts';
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

type Daemon = ChildProcessByStdio<Writable, Readable, null>;

/** Starts, kills and weighs the daemon's own parts as a process of their own; its agents are connections of the measuring process. */
export async function measureFleet(parent: string, scale: FleetScale): Promise<FleetResult> {
  const cache = join(parent, 'compiled');
  const launch = async (folder: string, agents: number): Promise<Daemon> => {
    const args = ['--expose-gc', join(import.meta.dirname, 'fleet-server.ts'), folder, String(agents)];
    const env = { ...process.env, NODE_COMPILE_CACHE: cache };
    const daemon = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'], env });
    await Promise.race([once(daemon.stdout, 'data'), died(daemon)]);
    return daemon;
  };
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

interface Launched {
  launch(folder: string, agents: number): Promise<Daemon>;
  /** Bytes of a daemon without agents. */
  empty: number;
}

async function measureConnected(
  folder: string,
  scale: FleetScale,
  { launch, empty }: Launched,
): Promise<Pick<FleetResult, 'recovery' | 'memory' | 'idleCpu'>> {
  let daemon = await launch(folder, scale.agents);
  const pollers = Array.from({ length: scale.agents }, (_, index) => new Poller(folder, `a${index}`));
  await Promise.all(pollers.map((poller) => poller.polling()));
  await pause(1000);
  const busy = cpuSeconds(daemon);
  await pause(scale.idle * 1000);
  const idleCpu = ((cpuSeconds(daemon) - busy) / scale.idle) * 100;
  const memory = ((await ask(daemon)) - empty) / scale.agents / 1024;
  const recoveries: number[] = [];
  for (let kill = 0; kill < scale.kills; kill++) {
    const start = performance.now();
    daemon.kill('SIGKILL');
    await once(daemon, 'exit');
    const [next] = await Promise.all([launch(folder, scale.agents), ...pollers.map((poller) => poller.again())]);
    recoveries.push(performance.now() - start);
    daemon = next;
  }
  for (const poller of pollers) poller.stop();
  await end(daemon);
  return { recovery: percentile(recoveries, 0.5), memory, idleCpu };
}

async function startNode(): Promise<void> {
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit');
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

async function died(daemon: Daemon): Promise<never> {
  const [code] = await once(daemon, 'exit');
  throw new Error(`the daemon ended with ${code} before it was ready`);
}

async function weigh(daemon: Daemon): Promise<number> {
  const bytes = await ask(daemon);
  await end(daemon);
  return bytes;
}

/** Its memory after a collection, bytes. */
async function ask(daemon: Daemon): Promise<number> {
  const lines = createInterface(daemon.stdout);
  daemon.stdin.write('\n');
  const [line] = await once(lines, 'line');
  lines.close();
  return Number(line);
}

async function end(daemon: Daemon): Promise<void> {
  daemon.stdin.end();
  if (daemon.exitCode === null && daemon.signalCode === null) await once(daemon, 'exit');
}

function cpuSeconds({ pid }: Daemon): number {
  const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const values = fields.split(' ');
  return (Number(values[11]) + Number(values[12])) / TICKS;
}
