import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import pino from 'pino';
import type { Logger } from 'pino';
import { makeFolder } from '#src/lib/make-folder.ts';
import { type Client, connectAhead } from '#src/protocol/client.ts';
import { PROTOCOL_VERSION } from '#src/protocol/frames.ts';
import { methods } from '#src/protocol/methods/index.ts';
import type { Broker } from '../broker/index.ts';
import { openBrokerAlone } from './broker-alone.ts';
import { nonceAlone, openSocketsAlone } from './sockets-alone.ts';

/** After some 4,000 connections V8 has compiled what each of them runs through; fewer starts with more agents take more memory (docs/decisions/0041). */
const AGENTS = 100;
const ROUNDS = 40;

/** How often a warm-up starts, and lets its agents come. */
export interface WarmUpScale {
  agents: number;
  rounds: number;
}

/**
 * Does, in a hive of its own in `folder`, what a daemon does that takes over: opens a database and sockets, takes up sessions, and has their agents come back,
 * take orders and wait for mail; again and again, until V8 has compiled what that needs. Leaves nothing behind; `signal` ends it after the round that runs.
 * Throws what the file system says.
 */
export async function warmUp(
  folder: string,
  signal: AbortSignal,
  { agents, rounds }: WarmUpScale = { agents: AGENTS, rounds: ROUNDS },
): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  if (signal.aborted) return;
  try {
    makeFolder(folder, 0o700);
    const log = pino({ level: 'silent' });
    for (let round = 0; round < rounds && !signal.aborted; round++) await comeAndGo(folder, agents, log);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A daemon starts; all agents connect, wait for mail, and leave. */
async function comeAndGo(folder: string, agents: number, log: Logger): Promise<void> {
  await using held = new AsyncDisposableStack();
  const alone = held.use(await openBrokerAlone(folder, agents, log));
  await alone.broker.start();
  const presence = new Presence(agents);
  const run = join(folder, 'run');
  held.use(await openSocketsAlone(run, { ...alone, broker: presence.toldBy(alone.broker) }, log));
  const visits = await Promise.all(alone.agents.map((agent) => come(join(run, agent, 'hive.sock'), agent)));
  // Nobody has mail for them: a turn that ends is one that was refused.
  await Promise.race([presence.all, ...visits.map(({ turn }) => turn)]);
  for (const { client } of visits) client.close();
  await presence.none;
}

interface Visit {
  client: Client;
  turn: Promise<unknown>;
}

/** Says what a harness says that was connected before, in one piece. */
async function come(path: string, agent: string): Promise<Visit> {
  const client = await connectAhead(path, { service: 'rpc' });
  const nonce = nonceAlone(agent);
  const input = { nonce, protocol: PROTOCOL_VERSION, build: 'warm-up', pid: process.pid };
  const hello = client.stream(methods.hello, input, () => undefined);
  const turn = client.call(methods.next, { max: 1 });
  for (const call of [hello, turn]) call.catch(() => undefined);
  return { client, turn };
}

/** Which agents wait for mail. */
class Presence {
  readonly #agents: number;
  readonly #waiting = new Set<number>();
  #all = Promise.withResolvers<void>();
  #none = Promise.withResolvers<void>();

  constructor(agents: number) {
    this.#agents = agents;
  }

  /** Resolves when all wait. */
  get all(): Promise<void> {
    return this.#all.promise;
  }

  /** Resolves when all that waited have left. */
  get none(): Promise<void> {
    return this.#none.promise;
  }

  /** The broker, which tells of those who come and go. */
  toldBy(broker: Broker): Broker {
    return {
      ...broker,
      next: (session, max, signal) => {
        const turn = broker.next(session, max, signal);
        this.#came(session);
        return turn;
      },
      disconnected: (session) => {
        broker.disconnected(session);
        this.#left(session);
      },
    };
  }

  #came(session: number): void {
    if (this.#waiting.add(session).size < this.#agents) return;
    this.#none = Promise.withResolvers();
    this.#all.resolve();
  }

  #left(session: number): void {
    this.#waiting.delete(session);
    if (this.#waiting.size > 0) return;
    this.#all = Promise.withResolvers();
    this.#none.resolve();
  }
}
