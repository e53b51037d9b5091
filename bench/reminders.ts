import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Client } from '../src/protocol/client.ts';
import { connect } from '../src/protocol/client.ts';
import { percentile } from './statistics.ts';
import { measureOne, sayHello } from './wake.ts';
import { agentSocket } from './run-folder.ts';

const AGENTS = 102;
const IDLE_WAKES = 1000;

/** What many reminders that are due at once cost. */
export interface RemindersResult {
  /** Firings per second, all due at once. */
  perSecond: number;
  /** Firings per second, one transaction each. */
  alonePerSecond: number;
  /** How long the daemon's event loop stood still, ms. */
  stallP99: number;
  stallWorst: number;
  /** From one agent's send to another's waiting `next`, before and during the storm, p99, ms. */
  idleWakeP99: number;
  stormWakeP99: number;
  /** Wakes that were measured during the storm. */
  stormWakes: number;
}

/** Fires `due` reminders of 100 agents at once in a process of its own, while two other agents write to each other over their sockets. */
export async function measureReminders(folder: string, due = 100_000): Promise<RemindersResult> {
  const args = [join(import.meta.dirname, 'reminder-server.ts'), folder, String(AGENTS), String(due)];
  const server = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const lines = createInterface(server.stdout)[Symbol.asyncIterator]();
    const said = async <T>(): Promise<T> => {
      const { value, done } = await lines.next();
      if (done) throw new Error('the server ended before it had measured');
      return JSON.parse(value) as T;
    };
    const alone = await said<{ perSecond: number }>();
    await using sender = await connect(agentSocket(folder, 'a0'), { service: 'rpc' });
    await using harness = await sayHello(folder, 'a1');
    const idle = await measureWakes(sender, harness, (wakes) => wakes < IDLE_WAKES);
    let over = false;
    const storm = said<Pick<RemindersResult, 'perSecond' | 'stallP99' | 'stallWorst'>>().finally(() => (over = true));
    server.stdin.write('\n');
    const wakes = await measureWakes(sender, harness, () => !over);
    return {
      ...(await storm),
      alonePerSecond: alone.perSecond,
      idleWakeP99: percentile(idle, 0.99),
      stormWakeP99: percentile(wakes, 0.99),
      stormWakes: wakes.length,
    };
  } finally {
    server.stdin.end();
    if (server.exitCode === null) await once(server, 'exit');
  }
}

async function measureWakes(sender: Client, harness: Client, goOn: (wakes: number) => boolean): Promise<number[]> {
  const wakes: number[] = [];
  while (goOn(wakes.length)) wakes.push(await measureOne(sender, harness, wakes.length));
  return wakes;
}
