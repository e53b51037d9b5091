import { setTimeout as sleep } from 'node:timers/promises';
import { FAULTS, inflict } from './faults.ts';
import type { Fault, Site } from './faults.ts';
import type { Progress } from './progress.ts';
import type { Random } from './random.ts';

/** How often each fault comes, relative to the others. */
const WEIGHTS: Record<Fault, number> = {
  'daemon killed': 6,
  'daemon frozen': 4,
  'daemon killed between commit and reply': 5,
  'harness killed': 3,
  'harness killed before it looked': 2,
  'harness killed after it looked': 2,
  'container killed': 3,
  'runtime killed after it looked': 2,
  'runtime killed with mail in hand': 2,
  'harness frozen': 5,
  'harness frozen until its lease is lost': 1,
  'reply lost': 6,
  'reply cut': 6,
};
const KINDS = Object.keys(FAULTS) as Fault[];
/** Faults hit while messages still flow: the last one before this share of them was confirmed. */
const LAST = 0.75;
/** How long a fault looks for something to hit: a daemon that was just killed has to come back first. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 200;
/** What may pass with every look that found nothing: a share of what is left to say, and enough to keep a receiver busy. */
const MORE = { share: 0.1, least: 10 };

/** One fault and the number of confirmed messages after which it comes. */
export interface Appointment {
  after: number;
  fault: Fault;
}

/** Faults spread over a run of `messages`: those that are named, or `faults` of all kinds. */
export function schedule(faults: number | readonly Fault[], messages: number, random: Random): Appointment[] {
  const named = typeof faults === 'number' ? choose(faults, random) : faults;
  return named.map((fault, index) => ({
    fault,
    after: Math.floor(((index + random.next()) / named.length) * LAST * messages),
  }));
}

/** Every kind once before any kind twice, then by weight. */
function choose(count: number, random: Random): Fault[] {
  const once = KINDS.map((fault) => ({ fault, order: random.next() })).toSorted((a, b) => a.order - b.order);
  const weighted = KINDS.flatMap((fault) => Array.from({ length: WEIGHTS[fault] }, () => fault));
  return Array.from({ length: count }, (_, index) => once[index]?.fault ?? random.pick(weighted));
}

/** A fault that happened. */
export interface Inflicted {
  fault: Fault;
  what: string;
  after: number;
}

/** What keeping appointments needs and tells. */
export interface Appointed {
  /** Messages of the whole run. */
  messages: number;
  progress: Progress;
  signal: AbortSignal;
  told: (inflicted: Inflicted) => void;
}

/** Keeps every appointment, in order; messages flow only a little further until it was kept. */
export async function keepAppointments(
  appointments: readonly Appointment[],
  site: Site,
  run: Appointed,
): Promise<void> {
  const { progress, signal } = run;
  for (const [index, { after, fault }] of appointments.entries()) {
    const next = appointments[index + 1]?.after ?? LAST * run.messages;
    progress.set({ limit: (after + next) / 2 });
    await progress.until(({ confirmed }) => confirmed >= after, signal);
    progress.set({ limit: next });
    await keep(fault, site, run);
  }
  progress.set({ limit: Infinity });
}

/** Tries until the fault found something to hit: each time some more messages may pass. */
async function keep(fault: Fault, site: Site, { messages, progress, signal, told }: Appointed): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await sleep(PAUSE_MS)) {
    signal.throwIfAborted();
    const what = await inflict(fault, site);
    if (what !== undefined) return told({ fault, what, after: progress.counts.confirmed });
    const { limit } = progress.counts;
    progress.set({ limit: limit + Math.max(MORE.least, (messages - limit) * MORE.share) });
  }
}
