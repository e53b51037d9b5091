import { createHash } from 'node:crypto';
import { HiveError, toHiveError } from '#src/lib/errors.ts';
import { connect } from '#src/protocol/client.ts';
import type { Client } from '#src/protocol/client.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { withRetry } from '#src/protocol/retry.ts';
import type { Sent } from './history.ts';
import type { Progress } from './progress.ts';
import type { Random } from './random.ts';

/** How far confirmed messages may be ahead of seen ones. */
const AHEAD = 200;

/** One client on an agent's socket and what it has to say. */
export interface SenderSpec {
  name: string;
  socket: string;
  receivers: readonly string[];
  count: number;
  random: Random;
}

/** Sends `count` messages one after the other, each until it is confirmed; what it did stands in `sent` at any time. */
export async function runSender(
  spec: SenderSpec,
  sent: Sent[],
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const { name, random, receivers, count } = spec;
  const line = new SenderLine(spec.socket);
  try {
    for (let nth = 1; nth <= count; nth++) {
      await progress.until(({ confirmed, seen, limit }) => confirmed < Math.min(limit, seen + AHEAD), signal);
      const token = `${name}:${nth}`;
      const body = textOf(token, random);
      const record: Sent = { token, sender: name, to: random.pick(receivers), nth, sum: sumOf(body), message: null };
      sent.push(record);
      const input = { to: record.to, body, key: `chaos-${token}` };
      const { value } = await withRetry(() => line.send(input), { signal, budgetMs: Infinity });
      record.message = value;
      progress.set({ confirmed: progress.counts.confirmed + 1 });
    }
  } finally {
    line.close();
  }
}

/** Checksum of a body, as the receivers' program makes it. */
export function sumOf(body: string): string {
  return createHash('sha256').update(body).digest('hex').slice(0, 16);
}

/** Mostly short, now and then long, seldom longer than one `recv` result. */
function textOf(token: string, random: Random): string {
  const dice = random.next();
  const length = dice < 0.9 ? random.between(10, 200) : dice < 0.99 ? random.between(200, 3000) : random.between(9000, 20_000); // prettier-ignore
  return `«${token}» ${'ä chaotic word '.repeat(Math.ceil(length / 15)).slice(0, length)}.`;
}

/** A connection that is opened again when it broke. */
class SenderLine {
  readonly #socket: string;
  #client: Client | undefined;

  constructor(socket: string) {
    this.#socket = socket;
  }

  async send(input: { to: string; body: string; key: string }): Promise<number> {
    try {
      this.#client ??= await connect(this.#socket, { service: 'rpc' });
      return (await this.#client.call(methods.send, input)).id;
    } catch (thrown) {
      const error = toHiveError(thrown);
      this.close();
      // This client outlives its agent's container, which a real one does not: it waits for the next session.
      if (error.code === 'forbidden') throw new HiveError('unavailable', error.message, { cause: error });
      throw error;
    }
  }

  close(): void {
    this.#client?.close();
    this.#client = undefined;
  }
}
