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
  'harness frozen': 5,
  'harness frozen until its lease is lost': 1,
  'reply lost': 6,
  'reply cut': 6,
};
const KINDS = Object.keys(FAULTS) as Fault[];
/** Faults hit while messages still flow: the last one before this share of them was confirmed. */
const LAST = 0.95;
/** Tries to find something to hit; from the second on with any fault. */
const TRIES = 20;

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

/** Keeps every appointment while messages flow up to the next but one; tells of each. */
export async function keepAppointments(
  appointments: readonly Appointment[],
  site: Site,
  { progress, signal, told }: { progress: Progress; signal: AbortSignal; told: (inflicted: Inflicted) => void },
): Promise<void> {
  for (const [index, { after, fault }] of appointments.entries()) {
    progress.set({ limit: appointments[index + 2]?.after ?? Infinity });
    await progress.until(({ confirmed }) => confirmed >= after, signal);
    for (let tries = 0; tries < TRIES; tries++) {
      signal.throwIfAborted();
      const chosen = tries === 0 ? fault : site.random.pick(KINDS);
      const what = await inflict(chosen, site);
      if (what === undefined) continue;
      told({ fault: chosen, what, after: progress.counts.confirmed });
      break;
    }
  }
  progress.set({ limit: Infinity });
}
