import pino from 'pino';
import { openBrokerAlone } from '../src/daemon/standby/broker-alone.ts';
import type { BrokerAlone } from '../src/daemon/standby/broker-alone.ts';
import { nonceAlone } from '../src/daemon/standby/sockets-alone.ts';
import { newFolder } from './servers.ts';
import { percentile } from './statistics.ts';

const FEW_MESSAGES = 1000;
const FEW_AGENTS = 2;
const ROWS_AT_ONCE = 20_000;
/** Messages sent, claimed and acked between two looks at the other hive. */
const ROUND = 32;
const CLEAN = { outcome: 'ok', error: null, model: null, tools: {}, resume_at: null } as const;

/** What a message goes through; each is timed by itself. */
export const STEPS = ['send', 'claim', 'ack', 'wake'] as const;
/** Milliseconds per step, p50. */
export type Steps = Record<(typeof STEPS)[number], number>;
type Samples = Record<keyof Steps, number[]>;

/** A hive and the same hive grown. */
export interface Grown {
  small: Steps;
  large: Steps;
}

/** The four steps in a hive that has said `messages` messages, beside one of 1,000; both have two agents. */
export async function growMessages(parent: string, messages: number, rounds: number): Promise<Grown> {
  await using small = await openHive(newFolder(parent, 'few-messages'), FEW_AGENTS, FEW_MESSAGES);
  await using large = await openHive(newFolder(parent, 'many-messages'), FEW_AGENTS, messages);
  return await compare(small, large, rounds);
}

/** The four steps between two agents of a hive of `agents` that wait for mail, beside a hive of two. */
export async function growAgents(parent: string, agents: number, rounds: number): Promise<Grown> {
  await using small = await openHive(newFolder(parent, 'few-agents'), FEW_AGENTS, FEW_MESSAGES);
  await using large = await openHive(newFolder(parent, 'many-agents'), agents, FEW_MESSAGES);
  return await compare(small, large, rounds);
}

interface Hive extends AsyncDisposable {
  bench: BrokerAlone;
  /** Of `a1`, which gets everything. */
  session: number;
  signal: AbortSignal;
}

/** A hive whose agents all have a session; all but the first two wait in `next`. */
async function openHive(folder: string, agents: number, messages: number): Promise<Hive> {
  const bench = await openBrokerAlone(folder, agents, pino({ level: 'warn' }));
  const waiting = new AbortController();
  const sessions = await Promise.all(
    bench.agents.map(async (agent) => {
      await bench.broker.openSession(agent, nonceAlone(agent));
      return (await bench.broker.hello(agent, nonceAlone(agent), 'bench')).session;
    }),
  );
  await age(bench, messages);
  const { signal } = waiting;
  for (const session of sessions.slice(2))
    bench.broker.next(session, 1, AbortSignal.any([signal])).catch(() => undefined);
  return {
    bench,
    session: sessions[1] ?? 0,
    signal: new AbortController().signal,
    async [Symbol.asyncDispose]() {
      waiting.abort();
      await bench[Symbol.asyncDispose]();
    },
  };
}

/** What the hive said so far: turns that took one acked message each. */
async function age({ writer, agents }: BrokerAlone, messages: number): Promise<void> {
  for (let at = 0; at < messages; at += ROWS_AT_ONCE) {
    const until = Math.min(messages, at + ROWS_AT_ONCE);
    await writer.write('system', (tx) => {
      const many = { at: at + 1, until, agents: agents.length, now: tx.now };
      for (const statement of AGE) tx.db.prepare(statement).run(many);
    });
  }
}

const NUMBERS = 'WITH RECURSIVE n (i) AS (SELECT @at UNION ALL SELECT i + 1 FROM n WHERE i < @until)';
const AGE = [
  `${NUMBERS} INSERT INTO messages (id, sender, recipient, kind, body, created_at, body_crc)
     SELECT i, 'a' || ((i + 1) % @agents), 'a' || (i % @agents), 'message', 'number ' || i || ' of many', @now, 0 FROM n`,
  `${NUMBERS} INSERT INTO deliveries (id, message_id, recipient, state, wakes, changed_at)
     SELECT i, i, 'a' || (i % @agents), 'acked', 1, @now FROM n`,
  `${NUMBERS} INSERT INTO turns (id, agent, session_id, cause, phase, started_at, ended_at, outcome)
     SELECT i, 'a' || (i % @agents), 1 + i % @agents, 'message', 'ending', @now, @now, 'ok' FROM n`,
  `${NUMBERS} INSERT INTO leases (id, delivery_id, session_id, turn_id, leased_at, presented_at, ended_at, outcome)
     SELECT i, i, 1 + i % @agents, i, @now, @now, @now, 'acked' FROM n`,
  `${NUMBERS} INSERT INTO events (at, type, body) SELECT @now, 'message.sent', '{"message":' || i || '}' FROM n`,
];

/** Takes turns between both hives, so that whatever else the machine does meets both. */
async function compare(small: Hive, large: Hive, rounds: number): Promise<Grown> {
  const took = [small, large].map((): Samples => ({ send: [], claim: [], ack: [], wake: [] }));
  for (let round = -1; round < rounds; round++) {
    for (const [index, hive] of [small, large].entries()) {
      const steps = await measureRound(hive);
      if (round >= 0) for (const step of STEPS) took[index]?.[step].push(...steps[step]);
    }
  }
  const [few, many] = took.map((steps) =>
    Object.fromEntries(STEPS.map((step) => [step, percentile(steps[step], 0.5)])),
  );
  return { small: few as Steps, large: many as Steps };
}

async function measureRound(hive: Hive): Promise<Samples> {
  const { bench, session, signal } = hive;
  const { broker } = bench;
  const took: Samples = { send: [], claim: [], ack: [], wake: [] };
  const send = (): Promise<unknown> => broker.send('a0', { to: 'a1', body: 'the one that is measured' });
  const claim = (): ReturnType<typeof broker.next> => broker.next(session, 1, signal);
  const ack = async ({ turn, deliveries }: Awaited<ReturnType<typeof claim>>): Promise<void> => {
    await broker.turnEnd(session, { ...CLEAN, turn, presented: deliveries.map((row) => row.delivery) });
  };
  for (let step = 0; step < ROUND; step++) await timed(took.send, send);
  for (let step = 0; step < ROUND; step++) {
    const turn = await timed(took.claim, claim);
    await timed(took.ack, () => ack(turn));
  }
  for (let step = 0; step < ROUND; step++) {
    const next = claim();
    await bench.writer.write('a1', () => undefined);
    const turn = await timed(took.wake, () => Promise.all([next, send()]).then(([woken]) => woken));
    await ack(turn);
  }
  return took;
}

async function timed<T>(into: number[], act: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const value = await act();
  into.push(performance.now() - start);
  return value;
}
