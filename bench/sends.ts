import { join } from 'node:path';
import { connect } from '#src/protocol/client.ts';
import type { Client } from '#src/protocol/client.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { Machine } from './machine.ts';
import { percentile } from './statistics.ts';

const ROUNDS = 8;
const ROUND_MS = 500;
const SYNCS = 25;
const RECEIVERS = 4;

/** Throughput beside what the machine needed between the rounds. */
export interface SendsResult {
  perSecond: number;
  /** F, p50, ms. */
  sync: number;
}

/** Confirmed sends per second of `senders` agents, each with a connection of its own and one send in flight. */
export async function measureSends(folder: string, senders: number): Promise<SendsResult> {
  const clients = await Promise.all(
    Array.from({ length: senders }, (_, index) =>
      connect(join(folder, `a${RECEIVERS + index}`, 'hive.sock'), { service: 'rpc' }),
    ),
  );
  using machine = new Machine(folder);
  await sendRound(clients);
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (let sample = 0; sample < SYNCS; sample++) await machine.sample();
    rates.push(await sendRound(clients));
  }
  for (const client of clients) client.close();
  return { perSecond: percentile(rates, 0.5), sync: percentile(machine.syncs, 0.5) };
}

async function sendRound(clients: Client[]): Promise<number> {
  const start = performance.now();
  const counts = await Promise.all(clients.map((client, index) => sendUntil(client, index, start + ROUND_MS)));
  const confirmed = counts.reduce((sum, count) => sum + count, 0);
  return confirmed / ((performance.now() - start) / 1000);
}

async function sendUntil(client: Client, index: number, end: number): Promise<number> {
  let confirmed = 0;
  for (; performance.now() < end; confirmed++)
    await client.call(methods.send, { to: `a${index % RECEIVERS}`, body: `number ${confirmed} of sender ${index}` });
  return confirmed;
}
