import pino from 'pino';
import { openBrokerAlone } from '../src/daemon/standby/broker-alone.ts';
import type { BrokerAlone } from '../src/daemon/standby/broker-alone.ts';
import { percentile } from './statistics.ts';

const IN_FLIGHT = 5000;
const QUIET = 'a1';
const FLOOD = 'a2';

/** p50 of a confirmed send of an agent that sends one message at a time, ms. */
export interface FairnessResult {
  alone: number;
  besideFlood: number;
}

/** The same agent alone and while another one keeps 5,000 sends in flight. */
export async function measureFairness(folder: string, rounds: number): Promise<FairnessResult> {
  await using bench = await openBrokerAlone(folder, 3, pino({ level: 'warn' }));
  const alone = await measureQuiet(bench, rounds);
  const stop = new AbortController();
  const flood = Promise.all(Array.from({ length: IN_FLIGHT }, () => sendUntil(bench, stop.signal)));
  const besideFlood = await measureQuiet(bench, rounds);
  stop.abort();
  await flood;
  return { alone, besideFlood };
}

async function measureQuiet({ broker }: BrokerAlone, rounds: number): Promise<number> {
  const took: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await broker.send(QUIET, { to: 'a0', body: `number ${round}` });
    took.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return percentile(took, 0.5);
}

async function sendUntil({ broker }: BrokerAlone, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await broker.send(FLOOD, { to: 'a0', body: 'one of very many' });
}
