import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { measureFairness } from './fairness.ts';
import { measureFleet } from './fleet.ts';
import { growAgents, growMessages, STEPS } from './growth.ts';
import type { Grown } from './growth.ts';
import { measureInProcess } from './in-process.ts';
import { BULLMQ, describePeers, HIVE, HIVE_ONE_BY_ONE, measurePeers } from './peers.ts';
import type { PeerRow } from './peers.ts';
import { measureReminders } from './reminders.ts';
import type { Scale } from './scales.ts';
import type { SendsResult } from './sends.ts';
import { newFolder } from './servers.ts';
import type { Target } from './targets.ts';
import { measureThroughSockets } from './through-sockets.ts';
import { measureWake } from './wake.ts';

/** Four receivers and 100 senders. */
const AGENTS = 104;

/** What is measured together: prints what it saw and answers what has a limit; `keep` gets the rows of the table of brokers. */
export type Section = (folder: string, scale: Scale, keep: (rows: PeerRow[]) => void) => Promise<Target[]>;

/** What needs the daemon's sockets, with the daemon's part as a process of its own. */
export async function latency(folder: string, scale: Scale): Promise<Target[]> {
  const args = [join(import.meta.dirname, 'server.ts'), folder, String(AGENTS)];
  const server = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    await Promise.race([once(server.stdout, 'data'), failed(server)]);
    const { wake, wakeP99, sync, roundTrip } = await measureWake(folder, scale.wakes);
    console.log(`F, append 4 KiB and fsync: p50 ${ms(sync)}`);
    console.log(`U, JSON line over a unix socket and back: p50 ${ms(roundTrip)}`);
    console.log(`wake, send to next over sockets, durable: p50 ${ms(wake)}, p99 ${ms(wakeP99)}`);
    for (const senders of [10, 100])
      sayRate(`${senders} senders over sockets`, await measureThroughSockets(folder, senders, scale.sends));
    return [
      { name: 'wake p50 / (U + F)', value: wake / (roundTrip + sync), good: 'atMost', must: 3, aim: 2.3 },
      { name: 'wake p99 / p50', value: wakeP99 / wake, good: 'atMost', must: 10, aim: 5 },
    ];
  } finally {
    server.stdin.end();
    if (server.exitCode === null) await once(server, 'exit');
  }
}

/** Senders inside the broker's process. */
export async function sends(folder: string, scale: Scale): Promise<Target[]> {
  const few = await measureInProcess(newFolder(folder, 'few'), 10, scale.sends);
  const many = await measureInProcess(newFolder(folder, 'many'), 100, scale.sends);
  sayRate('10 senders in the process', few);
  sayRate('100 senders in the process', many);
  return [
    { name: 'durable sends/s of 10 senders × F', value: perSync(few), good: 'atLeast', must: 4, aim: 7 },
    { name: 'durable sends/s of 100 senders × F', value: perSync(many), good: 'atLeast', must: 12, aim: 20 },
  ];
}

/** One agent beside another one that floods. */
export async function fairness(folder: string, scale: Scale): Promise<Target[]> {
  const { alone, besideFlood } = await measureFairness(folder, scale.fairness);
  console.log(`a quiet agent's send: p50 ${ms(alone)} alone, ${ms(besideFlood)} beside 5,000 in flight of another`);
  return [{ name: 'quiet beside flooding / alone, p50', value: besideFlood / alone, good: 'atMost', must: 8, aim: 4 }];
}

/** Reminders that are due at once. */
export async function reminders(folder: string, scale: Scale): Promise<Target[]> {
  const result = await measureReminders(folder, scale.reminders);
  const { perSecond, alonePerSecond, stallP99, stallWorst, idleWakeP99, stormWakeP99, stormWakes } = result;
  const rates = `${Math.round(perSecond)}/s, one by one ${Math.round(alonePerSecond)}/s`;
  console.log(`${scale.reminders} reminders due at once: ${rates}; stall p99 ${ms(stallP99)}, worst ${ms(stallWorst)}`);
  console.log(`unrelated wakes: p99 ${ms(idleWakeP99)} idle, ${ms(stormWakeP99)} among them (${stormWakes} wakes)`);
  return [
    { name: 'reminders due / one by one', value: perSecond / alonePerSecond, good: 'atLeast', must: 10, aim: 20 },
    { name: 'stall p99 of reminders due, ms', value: stallP99, good: 'atMost', must: 25, aim: 16 },
    {
      name: 'unrelated wake p99 among them / idle p99',
      value: stormWakeP99 / idleWakeP99,
      good: 'atMost',
      must: 10,
      aim: 10,
    },
  ];
}

/** Starts, kills and weight of the daemon alone. */
export async function fleet(folder: string, scale: Scale): Promise<Target[]> {
  const { cold, agents } = scale.fleet;
  const { node, coldStart, recovery, recoveryAlone, memory, idleCpu } = await measureFleet(folder, scale.fleet);
  console.log(`N, start of node: p50 ${ms(node)}; the daemon alone with ${cold} agents: ${ms(coldStart)}`);
  const without = `without a daemon that stands by: ${ms(recoveryAlone)}, ${(recoveryAlone / node).toFixed(1)} N`;
  console.log(`SIGKILL to all ${agents} agents polling again: ${ms(recovery)}; ${without}`);
  return [
    { name: `cold start, ${cold} agents / N`, value: coldStart / node, good: 'atMost', must: 6, aim: 4 },
    { name: `SIGKILL → ${agents} agents polling / N`, value: recovery / node, good: 'atMost', must: 10, aim: 6 },
    { name: 'memory of an idle agent, KiB', value: memory, good: 'atMost', must: 160, aim: 64 },
    { name: `idle CPU, ${agents} agents, %`, value: idleCpu, good: 'atMost', must: 2, aim: 0.5 },
  ];
}

/** What grows with messages and agents. */
export async function growth(folder: string, scale: Scale): Promise<Target[]> {
  const { messages, agents, rounds } = scale.growth;
  const more = await growMessages(folder, messages, rounds);
  const bigger = await growAgents(folder, agents, rounds);
  return [
    ...grown(`1,000 → ${messages.toLocaleString('en')} messages`, more),
    ...grown(`2 → ${agents.toLocaleString('en')} agents`, bigger),
  ];
}

function grown(what: string, { small, large }: Grown): Target[] {
  const steps = STEPS.map((step) => `${step} ${ms(small[step])} → ${ms(large[step])}`);
  console.log(`${what}: ${steps.join(', ')}`);
  return STEPS.map((step) => {
    const value = large[step] / small[step];
    return { name: `${step}, ${what}`, value, good: 'atMost', must: 1.2, aim: 1.05 };
  });
}

/** The hive beside other brokers; `keep` gets the table. */
export async function peers(folder: string, scale: Scale, keep: (rows: PeerRow[]) => void): Promise<Target[]> {
  const rows = await measurePeers(folder, scale.peers);
  keep(rows);
  console.log(describePeers(rows));
  const consumed = (name: string): number | undefined => rows.find((row) => row.name === name)?.result?.consumed;
  const [hive, oneByOne, bullmq] = [consumed(HIVE), consumed(HIVE_ONE_BY_ONE), consumed(BULLMQ)];
  if (hive === undefined || oneByOne === undefined || bullmq === undefined) return [];
  return [
    {
      name: 'consume+ack, 32 consumers, 1 a turn / BullMQ',
      value: oneByOne / bullmq,
      good: 'atLeast',
      must: 2,
      aim: 5,
    },
    { name: 'consume+ack, 32 consumers, 4 a turn / BullMQ', value: hive / bullmq, good: 'atLeast', must: 2, aim: 5 },
  ];
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
