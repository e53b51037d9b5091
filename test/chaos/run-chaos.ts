import { converse } from './conversation.ts';
import { drain } from './drain.ts';
import type { Fault } from './faults.ts';
import type { History } from './history.ts';
import { judge } from './judge.ts';
import type { Violation } from './judge.ts';
import { seeded } from './random.ts';
import { keepAppointments, schedule } from './schedule.ts';
import type { Inflicted } from './schedule.ts';
import { openStage } from './stage.ts';
import type { Cast } from './stage.ts';

/** What a run of chaos is like. */
export interface ChaosOptions extends Cast {
  seed: number;
  messages: number;
  /** How many, or which. */
  faults: number | readonly Fault[];
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
  /** What the run took, without bringing up the hive. */
  tookMs: number;
}

/** A whole hive under faults while everybody talks; judged by what the receivers' runtimes saw. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { seed, messages, faults, say } = options;
  await using stage = await openStage(options);
  const { hive, senders, receivers } = stage;
  const started = performance.now();
  say(`the hive runs with ${senders.length} senders and ${receivers.length} receivers, seed ${seed}`);
  const random = seeded(seed);
  const inflicted: Inflicted[] = [];
  const later: Promise<unknown>[] = [];
  const retried = new Set<number>();
  await using talk = converse(stage, messages, random, options.signal);
  const { progress, signal, sent } = talk;
  const told = (one: Inflicted): void => {
    inflicted.push(one);
    say(`${String(one.after).padStart(6)} sent: ${one.fault} (${one.what})`);
  };
  const site = { ...stage, random: random.of('faults'), later: (act: Promise<unknown>) => void later.push(act) };
  const appointments = schedule(faults, messages, random.of('schedule'));
  await Promise.all([talk.said, keepAppointments(appointments, site, { messages, progress, signal, told })]);
  await Promise.all(later);
  say(`all ${messages} messages are confirmed; waiting for the queues`);
  await drain({ hive, receivers, retried, say, signal });
  const history: History = { sent, seen: stage.seen(), retried };
  return {
    ...{ inflicted, history },
    violations: judge(history),
    integrity: hive.rows<{ integrity_check: string }>('PRAGMA integrity_check')[0]?.integrity_check ?? 'no answer',
    tookMs: performance.now() - started,
  };
}
