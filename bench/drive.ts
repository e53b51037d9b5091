import { measureSends } from './sends.ts';
import type { SendsResult } from './sends.ts';
import { percentile } from './statistics.ts';

/** Consumers that take and acknowledge one message at a time. */
export const CONSUMERS = 32;
const SENDERS = [10, 100] as const;

/** A broker as a program uses it: whatever is answered is on disk as far as the broker promises. */
export interface Peer extends AsyncDisposable {
  /** Resolves when one message of sender number `index` is confirmed. */
  send(index: number, body: string): Promise<unknown>;
  /** Puts `count` messages into its queue, as fast as it can. */
  fill(count: number): Promise<void>;
  /** {@link CONSUMERS} take and acknowledge `count` messages, one by one; resolves when all acks are confirmed. */
  consume(count: number): Promise<void>;
}

/** What a broker did per second. */
export interface PeerResult {
  /** Confirmed sends, by the number of senders with one send in flight each. */
  sends: Record<(typeof SENDERS)[number], SendsResult>;
  /** Messages taken and acknowledged, median of the rounds. */
  consumed: number;
}

/** Measures a broker: `rounds` times `count` messages are consumed, then sends are counted for some seconds. */
export async function drive(
  folder: string,
  peer: Peer,
  { count, rounds }: { count: number; rounds: number },
): Promise<PeerResult> {
  const rates: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    await peer.fill(count);
    const start = performance.now();
    await peer.consume(count);
    rates.push((count / (performance.now() - start)) * 1000);
  }
  const [few, many] = SENDERS;
  return {
    consumed: percentile(rates.slice(1), 0.5),
    sends: {
      [few]: await measureSends(folder, few, peer.send),
      [many]: await measureSends(folder, many, peer.send),
    },
  };
}

/** Runs {@link drive} as a process of its own: `node FILE FOLDER COUNT ROUNDS …`; prints the result as one JSON line. */
export async function main(open: (folder: string, ...rest: string[]) => Promise<Peer>): Promise<void> {
  const [folder = '', count, rounds, ...rest] = process.argv.slice(2);
  await using peer = await open(folder, ...rest);
  const result = await drive(folder, peer, { count: Number(count), rounds: Number(rounds) });
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
