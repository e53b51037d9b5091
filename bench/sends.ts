import { SyncProbe } from './machine.ts';
import { percentile } from './statistics.ts';

const SYNCS = 20;

/** Confirms one message of sender number `index`. */
export type Send = (index: number, body: string) => Promise<unknown>;

/** How long senders send. */
export interface SendsScale {
  rounds: number;
  /** Of one round. */
  ms: number;
}

/** Throughput beside what the machine needed between the rounds. */
export interface SendsResult {
  perSecond: number;
  /** F, p50, ms. */
  sync: number;
}

/** Confirmed sends per second of `senders` senders with one send in flight each; the disk of `folder` is sampled in between. */
export async function measureSends(
  folder: string,
  senders: number,
  send: Send,
  { rounds, ms }: SendsScale = { rounds: 12, ms: 400 },
): Promise<SendsResult> {
  using probe = new SyncProbe(folder);
  await sendRound(senders, send, ms);
  const rates: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (let sample = 0; sample < SYNCS; sample++) probe.sample();
    rates.push(await sendRound(senders, send, ms));
  }
  return { perSecond: percentile(rates, 0.5), sync: percentile(probe.samples, 0.5) };
}

async function sendRound(senders: number, send: Send, ms: number): Promise<number> {
  const start = performance.now();
  const end = start + ms;
  const counts = await Promise.all(Array.from({ length: senders }, (_, index) => sendUntil(index, end, send)));
  const confirmed = counts.reduce((sum, count) => sum + count, 0);
  return confirmed / ((performance.now() - start) / 1000);
}

async function sendUntil(index: number, end: number, send: Send): Promise<number> {
  let confirmed = 0;
  for (; performance.now() < end; confirmed++) await send(index, `number ${confirmed} of sender ${index}`);
  return confirmed;
}
