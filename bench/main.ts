import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureInProcess } from './in-process.ts';
import type { SendsResult } from './sends.ts';
import { describe, keepsMust } from './targets.ts';
import type { Target } from './targets.ts';
import { measureThroughSockets } from './through-sockets.ts';
import { measureWake } from './wake.ts';

/** Four receivers and 100 senders. */
const AGENTS = 104;

/** Measures the broker against this machine's own limits in one run and prints the ratios; exit code 1 when a "must" is missed. */
async function main(): Promise<void> {
  const [load = 0] = loadavg();
  if (load > availableParallelism() / 2)
    console.log(`this machine is busy (load ${load.toFixed(1)}): the ratios below are worse than on a quiet one`);
  const folder = mkdtempSync(join(tmpdir(), 'hive-bench-'));
  try {
    const targets = [...(await measureServer(folder)), ...(await measureBroker(folder))];
    for (const target of targets) console.log(describe(target));
    if (!targets.every(keepsMust)) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What needs the daemon's sockets, with the daemon's part as a process of its own. */
async function measureServer(parent: string): Promise<Target[]> {
  const folder = newFolder(parent, 'server');
  const server = spawn(process.execPath, [join(import.meta.dirname, 'server.ts'), folder, String(AGENTS)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    await Promise.race([once(server.stdout, 'data'), failed(server)]);
    const { wake, wakeP99, sync, roundTrip } = await measureWake(folder);
    console.log(`F, append 4 KiB and fsync: p50 ${ms(sync)}`);
    console.log(`U, JSON line over a unix socket and back: p50 ${ms(roundTrip)}`);
    console.log(`wake, send to next over sockets, durable: p50 ${ms(wake)}, p99 ${ms(wakeP99)}`);
    for (const senders of [10, 100])
      sayRate(`${senders} senders over sockets`, await measureThroughSockets(folder, senders));
    return [
      { name: 'wake p50 / (U + F)', value: wake / (roundTrip + sync), good: 'atMost', must: 3, aim: 2.3 },
      { name: 'wake p99 / p50', value: wakeP99 / wake, good: 'atMost', must: 10, aim: 5 },
    ];
  } finally {
    server.stdin.end();
    if (server.exitCode === null) await once(server, 'exit');
  }
}

async function measureBroker(parent: string): Promise<Target[]> {
  const few = await measureInProcess(newFolder(parent, 'few'), 10);
  const many = await measureInProcess(newFolder(parent, 'many'), 100);
  sayRate('10 senders in the process', few);
  sayRate('100 senders in the process', many);
  return [
    { name: 'durable sends/s of 10 senders × F', value: perSync(few), good: 'atLeast', must: 4, aim: 7 },
    { name: 'durable sends/s of 100 senders × F', value: perSync(many), good: 'atLeast', must: 12, aim: 20 },
  ];
}

function newFolder(parent: string, name: string): string {
  const folder = join(parent, name);
  mkdirSync(folder);
  return folder;
}

async function failed(server: ChildProcess): Promise<never> {
  const [code] = await once(server, 'exit');
  throw new Error(`the server ended with ${code} before it was ready`);
}

function sayRate(who: string, result: SendsResult): void {
  const rate = `${Math.round(result.perSecond)} durable sends/s`;
  console.log(`${who}: ${rate}, ${perSync(result).toFixed(2)} per F (${ms(result.sync)})`);
}

function perSync({ perSecond, sync }: SendsResult): number {
  return (perSecond * sync) / 1000;
}

function ms(value: number): string {
  return `${value.toFixed(3)} ms`;
}

await main();
