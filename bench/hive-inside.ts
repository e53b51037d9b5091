import pino from 'pino';
import { openBenchBroker } from './bench-broker.ts';
import { benchNonce } from './nonce.ts';
import { CONSUMERS, main } from './drive.ts';
import type { Peer } from './drive.ts';

const SENDERS = 100;
const CLEAN = { outcome: 'ok', error: null, model: null, tools: {}, resume_at: null } as const;

/** The hive's broker in the process of its callers; `node bench/hive-inside.ts FOLDER COUNT ROUNDS`. */
async function open(folder: string): Promise<Peer> {
  const bench = await openBenchBroker(folder, CONSUMERS + SENDERS, pino({ level: 'warn' }, pino.destination(2)));
  const { broker, agents } = bench;
  const consumers = agents.slice(0, CONSUMERS);
  const sessions: number[] = [];
  for (const agent of consumers) {
    await broker.openSession(agent, benchNonce(agent));
    sessions.push((await broker.hello(agent, benchNonce(agent), 'bench')).session);
  }
  const never = new AbortController().signal;
  const send = (index: number, body: string): Promise<unknown> =>
    broker.send(`a${CONSUMERS + index}`, { to: `a${index % CONSUMERS}`, body });
  return {
    send,
    async fill(count) {
      await Promise.all(
        Array.from({ length: count }, (_, index) =>
          broker.send('operator', { to: `a${index % CONSUMERS}`, body: `${index}` }),
        ),
      );
    },
    async consume(count) {
      await Promise.all(
        sessions.map(async (session) => {
          for (let done = 0; done < count / CONSUMERS; done++) {
            const { turn, deliveries } = await broker.next(session, 1, never);
            await broker.turnEnd(session, { ...CLEAN, turn, presented: deliveries.map((row) => row.delivery) });
          }
        }),
      );
    },
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
}

await main(open);
