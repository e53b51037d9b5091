import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureSends } from './sends.ts';
import { describe, keepsMust } from './targets.ts';
import type { Target } from './targets.ts';
import { measureWake } from './wake.ts';

const AGENTS = 104;

/** Measures the broker against this machine's own limits in one run and prints the ratios; exit code 1 when a "must" is missed. */
async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hive-bench-'));
  const server = spawn(process.execPath, [join(import.meta.dirname, 'server.ts'), folder, String(AGENTS)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    await Promise.race([once(server.stdout, 'data'), failed(server)]);
    const targets = await measure(folder);
    for (const target of targets) console.log(describe(target));
    if (!targets.every(keepsMust)) process.exitCode = 1;
  } finally {
    server.stdin.end();
    if (server.exitCode === null) await once(server, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
}

async function failed(server: ChildProcess): Promise<never> {
  const [code] = await once(server, 'exit');
  throw new Error(`the server ended with ${code} before it was ready`);
}

async function measure(folder: string): Promise<Target[]> {
  const { wake, wakeP99, sync, roundTrip } = await measureWake(folder);
  console.log(
    `F, append 4 KiB and fsync, p50 ${ms(sync)}; U, unix socket JSON line there and back, p50 ${ms(roundTrip)}`,
  );
  console.log(`wake, send to next, durable, p50 ${ms(wake)}, p99 ${ms(wakeP99)}`);
  const few = await measureSends(folder, 10);
  const many = await measureSends(folder, 100);
  for (const [senders, { perSecond, sync: f }] of [
    [10, few],
    [100, many],
  ] as const)
    console.log(`${perSecond.toFixed(0)} durable sends/s from ${senders} senders, F meanwhile ${ms(f)}`);
  const perSync = ({ perSecond, sync: f }: typeof few): number => (perSecond * f) / 1000;
  return [
    { name: 'wake p50 / (U + F)', value: wake / (roundTrip + sync), good: 'atMost', must: 3, aim: 2.3 },
    { name: 'wake p99 / p50', value: wakeP99 / wake, good: 'atMost', must: 10, aim: 5 },
    { name: 'durable sends/s of 10 senders × F', value: perSync(few), good: 'atLeast', must: 4, aim: 7 },
    { name: 'durable sends/s of 100 senders × F', value: perSync(many), good: 'atLeast', must: 12, aim: 20 },
  ];
}

function ms(value: number): string {
  return `${value.toFixed(3)} ms`;
}

await main();
