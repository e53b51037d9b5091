import pino from 'pino';
import type { Broker } from '../src/daemon/broker/index.ts';
import { openBrokerAlone } from '../src/daemon/standby/broker-alone.ts';
import { nonceAlone } from '../src/daemon/standby/sockets-alone.ts';
import { CONSUMERS, main } from './drive.ts';
import type { Peer } from './drive.ts';

const SENDERS = 100;
const CLEAN = { outcome: 'ok', error: null, model: null, tools: {}, resume_at: null } as const;

/** The hive's broker in the process of its callers. A turn takes up to `burst` messages; `node bench/hive-inside.ts FOLDER COUNT ROUNDS BURST`. */
async function open(folder: string, burst = '1'): Promise<Peer> {
  const bench = await openBrokerAlone(folder, CONSUMERS + SENDERS, pino({ level: 'warn' }, pino.destination(2)));
  const { broker, agents } = bench;
  const consumers = agents.slice(0, CONSUMERS);
  const sessions: number[] = [];
  for (const agent of consumers) {
    await broker.openSession(agent, nonceAlone(agent));
    sessions.push((await broker.hello(agent, nonceAlone(agent), 'bench')).session);
  }
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
      await Promise.all(sessions.map((session) => consumeAll(broker, session, count / CONSUMERS, Number(burst))));
    },
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
}

/** Acks and asks for the next messages in one go, as BullMQ's worker does; both are in the same transaction. */
async function consumeAll(broker: Broker, session: number, count: number, max: number): Promise<void> {
  const { signal } = new AbortController();
  let next = broker.next(session, max, signal);
  for (let done = 0; done < count;) {
    const { turn, deliveries } = await next;
    const ended = broker.turnEnd(session, { ...CLEAN, turn, presented: deliveries.map((row) => row.delivery) });
    done += deliveries.length;
    if (done < count) next = broker.next(session, max, signal);
    await ended;
  }
}

await main(open);
