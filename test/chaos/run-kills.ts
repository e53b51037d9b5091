import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '#src/protocol/client.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { converse } from './conversation.ts';
import { drain } from './drain.ts';
import type { History } from './history.ts';
import { judge } from './judge.ts';
import type { Violation } from './judge.ts';
import { seeded } from './random.ts';
import { openStage } from './stage.ts';
import type { Cast, Stage } from './stage.ts';

/** Messages that are confirmed in each round, at least. */
const PER_ROUND = 20;
/** Starts after a clean end, to compare with. */
const CLEAN_STARTS = 7;
/** A kill comes at a random moment within this time after the round's messages. */
const SPREAD_MS = 200;
const PROBE_MS = 2;
/** A daemon that serves nobody within this time never will. */
const SERVING_MS = 120_000;

/** What a run of kills is like (F4 of the fault list). */
export interface KillsOptions extends Cast {
  seed: number;
  rounds: number;
  say: (line: string) => void;
  signal: AbortSignal;
}

/** What came out; times in ms from the start of the daemon's process until it serves an agent. */
export interface KillsResult {
  violations: Violation[];
  history: History;
  integrity: string;
  clean: number[];
  recovery: number[];
}

/** Kills the daemon in round after round while everybody talks, and starts it again each time at once. */
export async function runKills(options: KillsOptions): Promise<KillsResult> {
  const { seed, rounds, say } = options;
  await using stage = await openStage(options);
  const { hive, receivers } = stage;
  const clean: number[] = [];
  const recovery: number[] = [];
  for (let start = 0; start < CLEAN_STARTS; start++) clean.push(await restart(stage, 'SIGTERM', options.signal));
  say(`clean starts: ${clean.map((ms) => ms.toFixed(0)).join(', ')} ms`);
  const random = seeded(seed);
  const retried = new Set<number>();
  await using talk = converse(stage, rounds * PER_ROUND * 2, random, options.signal);
  const { progress, signal, sent } = talk;
  const moments = random.of('kills');
  for (let round = 0; round < rounds; round++) {
    const from = progress.counts.confirmed;
    progress.set({ limit: from + 2 * PER_ROUND });
    await progress.until(({ confirmed }) => confirmed >= Math.min(from + PER_ROUND, rounds * PER_ROUND * 2), signal);
    await sleep(moments.between(0, SPREAD_MS));
    recovery.push(await restart(stage, 'SIGKILL', signal));
    if ((round + 1) % 20 === 0) say(`${round + 1} kills, ${progress.counts.confirmed} messages confirmed`);
  }
  progress.set({ limit: Infinity });
  await talk.said;
  await drain({ hive, receivers, retried, say, signal });
  const history: History = { sent, seen: stage.seen(), retried };
  const [row] = hive.rows<{ integrity_check: string }>('PRAGMA integrity_check');
  return { violations: judge(history), history, integrity: row?.integrity_check ?? 'no answer', clean, recovery };
}

/** Ends the daemon and starts it again; answers how long the new one took until it served an agent. */
async function restart({ hive, senders, socketOf }: Stage, by: NodeJS.Signals, signal: AbortSignal): Promise<number> {
  await hive.killDaemon(by);
  const started = performance.now();
  hive.spawnDaemon();
  const socket = socketOf(senders[0] ?? '');
  while (!(await serves(socket))) {
    signal.throwIfAborted();
    if (performance.now() - started > SERVING_MS) throw new Error(`the daemon serves nobody: ${hive.log()}`);
    await sleep(PROBE_MS);
  }
  return performance.now() - started;
}

async function serves(socket: string): Promise<boolean> {
  try {
    await using client = await connect(socket, { service: 'rpc' });
    await client.call(methods.whoami, {});
    return true;
  } catch {
    return false;
  }
}
