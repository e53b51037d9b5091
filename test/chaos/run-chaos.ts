import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { methods } from '#src/protocol/methods/index.ts';
import { startHive } from '../support/hive.ts';
import type { Hive } from '../support/hive.ts';
import { openCuttingProxy } from './cutting-proxy.ts';
import type { CuttingProxy } from './cutting-proxy.ts';
import { drain } from './drain.ts';
import type { Fault } from './faults.ts';
import type { History, Sent } from './history.ts';
import { readSights } from './history.ts';
import { judge } from './judge.ts';
import type { Violation } from './judge.ts';
import { makePrivateCopy } from './private-copy.ts';
import type { Plant } from './private-copy.ts';
import { Progress } from './progress.ts';
import { seeded } from './random.ts';
import { keepAppointments, schedule } from './schedule.ts';
import type { Inflicted } from './schedule.ts';
import { runSender } from './senders.ts';
import { followSights } from './sights.ts';
import { OPEN_GUARDS } from './open-guards.ts';

const SENDERS = Array.from({ length: 8 }, (_, index) => `sender-${index + 1}`);
const RECEIVERS = Array.from({ length: 4 }, (_, index) => `receiver-${index + 1}`);
/** Twelve containers start at once, on whatever else the machine does. */
const COME_UP_MS = 180_000;
/** A run that moves no further is over; what was not seen by then is lost. */
const LONGEST_MS = 30 * 60_000;

/** What a run of chaos is like. */
export interface ChaosOptions {
  seed: number;
  messages: number;
  /** How many, or which. */
  faults: number | readonly Fault[];
  /** A break of the hive's word to plant, so that the run must fail. */
  plant: Plant | null;
  /** Told of everything that happens, line by line. */
  say: (line: string) => void;
  /** Aborted = stop now and leave nothing behind. */
  signal: AbortSignal;
}

/** What came out. */
export interface ChaosResult {
  violations: Violation[];
  inflicted: Inflicted[];
  history: History;
  /** What SQLite says of the database afterwards: `ok`. */
  integrity: string;
  tookMs: number;
}

/** A whole hive under faults while everybody talks; judged by what the receivers' runtimes saw. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const started = performance.now();
  await using copy = await makePrivateCopy(options.plant);
  await using hive = await startHive({ install: copy.root, guards: OPEN_GUARDS });
  await addAgents(hive);
  await using proxies = new AsyncDisposableStack();
  const proxyOf = new Map<string, CuttingProxy>();
  for (const name of [...SENDERS, ...RECEIVERS])
    proxyOf.set(name, proxies.use(openCuttingProxy(join(hive.run, 'agents', name))));
  options.say(`the hive runs with ${SENDERS.length} senders and ${RECEIVERS.length} receivers, seed ${options.seed}`);
  const { sent, inflicted, retried } = await converse(hive, proxyOf, options);
  const seen = new Map(RECEIVERS.map((name) => [name, readSights(logOf(hive, name))]));
  const history: History = { sent, seen, retried };
  const [row] = hive.rows<{ integrity_check: string }>('PRAGMA integrity_check');
  const integrity = row?.integrity_check ?? 'no answer';
  return { violations: judge(history), inflicted, history, integrity, tookMs: performance.now() - started };
}

/** Where a receiver's program writes down what it saw, on the host. */
function logOf(hive: Hive, name: string): string {
  return join(hive.home, 'agents', name, 'state/seen.jsonl');
}

async function addAgents(hive: Hive): Promise<void> {
  await copyFile(join(import.meta.dirname, 'receiver.ts'), join(hive.home, 'shared/receiver.ts'));
  const command = ['node', '/shared/receiver.ts'];
  const add = async (name: string, runs: { command?: string[] }): Promise<void> => {
    await hive.call(methods.agentsAdd, { name, runtime: 'command', ...runs });
    await hive.agentIn(name, 'idle', COME_UP_MS);
  };
  await Promise.all([...SENDERS.map((name) => add(name, {})), ...RECEIVERS.map((name) => add(name, { command }))]);
}

interface Said {
  sent: Sent[];
  inflicted: Inflicted[];
  retried: Set<number>;
}

/** Lets everybody talk under faults until all of it was handled, or nothing moves any more. */
async function converse(
  hive: Hive,
  proxies: ReadonlyMap<string, CuttingProxy>,
  { seed, messages, faults, say, ...options }: ChaosOptions,
): Promise<Said> {
  const random = seeded(seed);
  const progress = new Progress();
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, options.signal, AbortSignal.timeout(LONGEST_MS)]);
  const said: Said = { sent: [], inflicted: [], retried: new Set() };
  const later: Promise<unknown>[] = [];
  using _ = followSights(
    RECEIVERS.map((name) => logOf(hive, name)),
    progress,
  );
  const told = (inflicted: Inflicted): void => {
    said.inflicted.push(inflicted);
    say(`${String(inflicted.after).padStart(6)} sent: ${inflicted.fault} (${inflicted.what})`);
  };
  const site = { hive, senders: SENDERS, receivers: RECEIVERS, proxies, later: (act: Promise<unknown>) => void later.push(act) }; // prettier-ignore
  const sending = SENDERS.map((name, index) =>
    runSender(
      {
        name,
        socket: join(hive.run, 'agents', name, 'hive.sock'),
        receivers: RECEIVERS,
        count: Math.floor(messages / SENDERS.length) + (index < messages % SENDERS.length ? 1 : 0),
        random: random.of(name),
      },
      said.sent,
      progress,
      signal,
    ),
  );
  const appointments = schedule(faults, messages, random.of('schedule'));
  const faulting = keepAppointments(appointments, { ...site, random: random.of('faults') }, { progress, signal, told });
  try {
    await Promise.all([...sending, faulting]);
    await Promise.all(later);
    say(`all ${messages} messages are confirmed; waiting for the queues`);
    await drain({ hive, receivers: RECEIVERS, retried: said.retried, say, signal });
  } finally {
    over.abort(new Error('the run is over'));
    await Promise.allSettled([...sending, faulting, ...later]);
  }
  return said;
}
