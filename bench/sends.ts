import { SyncProbe } from './machine.ts';
import { percentile } from './statistics.ts';

const ROUNDS = 12;
const ROUND_MS = 400;
const SYNCS = 20;

/** Confirms one message of sender number `index`. */
export type Send = (index: number, body: string) => Promise<unknown>;

/** Throughput beside what the machine needed between the rounds. */
export interface SendsResult {
  perSecond: number;
  /** F, p50, ms. */
  sync: number;
}

/** Confirmed sends per second of `senders` senders with one send in flight each; the disk of `folder` is sampled in between. */
export async function measureSends(folder: string, senders: number, send: Send): Promise<SendsResult> {
  using probe = new SyncProbe(folder);
  await sendRound(senders, send);
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (let sample = 0; sample < SYNCS; sample++) probe.sample();
    rates.push(await sendRound(senders, send));
  }
  return { perSecond: percentile(rates, 0.5), sync: percentile(probe.samples, 0.5) };
}

async function sendRound(senders: number, send: Send): Promise<number> {
  const start = performance.now();
  const end = start + ROUND_MS;
  const counts = await Promise.all(Array.from({ length: senders }, (_, index) => sendUntil(index, end, send)));
  const confirmed = counts.reduce((sum, count) => sum + count, 0);
  return confirmed / ((performance.now() - start) / 1000);
}

async function sendUntil(index: number, end: number, send: Send): Promise<number> {
  let confirmed = 0;
  for (; performance.now() < end; confirmed++) await send(index, `number ${confirmed} of sender ${index}`);
  return confirmed;
}
