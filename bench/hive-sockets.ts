import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { connect } from '../src/protocol/client.ts';
import type { Client } from '../src/protocol/client.ts';
import { methods } from '../src/protocol/methods/index.ts';
import { sayHello } from './wake.ts';
import { CONSUMERS, main } from './drive.ts';
import type { Peer } from './drive.ts';
import { agentSocket } from './run-folder.ts';

const SENDERS = 100;

/**
 * The hive as its agents use it: the daemon's sockets in a process of their own, a connection for each agent. A turn takes up to `burst` messages;
 * `node bench/hive-sockets.ts FOLDER COUNT ROUNDS BURST`.
 */
async function open(folder: string, burst = '1'): Promise<Peer> {
  const args = [join(import.meta.dirname, 'server.ts'), folder, String(CONSUMERS + SENDERS)];
  const server = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(server.stdout, 'data');
  const harnesses = await Promise.all(Array.from({ length: CONSUMERS }, (_, index) => sayHello(folder, `a${index}`)));
  const senders = await Promise.all(
    Array.from({ length: SENDERS }, (_, index) =>
      connect(agentSocket(folder, `a${CONSUMERS + index}`), { service: 'rpc' }),
    ),
  );
  const send = (index: number, body: string): Promise<unknown> =>
    senders[index % SENDERS]?.call(methods.send, { to: `a${index % CONSUMERS}`, body }) ?? Promise.reject(new Error());
  return {
    send,
    async fill(count) {
      const each = count / SENDERS;
      await Promise.all(
        senders.map(async (_, sender) => {
          for (let sent = sender * each; sent < (sender + 1) * each; sent++) await sendTo(sender, sent % CONSUMERS);
        }),
      );
    },
    async consume(count) {
      await Promise.all(harnesses.map((harness) => consumeAll(harness, count / CONSUMERS, Number(burst))));
    },
    async [Symbol.asyncDispose]() {
      for (const client of [...harnesses, ...senders]) client.close();
      server.stdin.end();
      if (server.exitCode === null) await once(server, 'exit');
    },
  };

  async function sendTo(sender: number, consumer: number): Promise<void> {
    await senders[sender]?.call(methods.send, { to: `a${consumer}`, body: 'filled' });
  }
}

/** Acks and asks for the next messages in one go, as BullMQ's worker does. */
async function consumeAll(harness: Client, count: number, max: number): Promise<void> {
  let next = harness.call(methods.next, { max });
  for (let done = 0; done < count;) {
    const { turn, deliveries } = await next;
    const presented = deliveries.map((row) => row.delivery);
    done += presented.length;
    const ended = harness.call(methods.turnEnd, { turn, outcome: 'ok', presented });
    if (done < count) next = harness.call(methods.next, { max: Math.min(max, count - done) });
    await ended;
  }
}

await main(open);
