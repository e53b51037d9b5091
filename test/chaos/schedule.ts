import { FAULTS, inflict } from './faults.ts';
import type { Fault, Site } from './faults.ts';
import type { Progress } from './progress.ts';
import type { Random } from './random.ts';

/** How often each fault comes, relative to the others. */
const WEIGHTS: Record<Fault, number> = {
  'daemon killed': 6,
  'daemon frozen': 4,
  'daemon killed between commit and reply': 5,
  'harness killed': 4,
  'container killed': 4,
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

/** `count` faults over a run of `messages`: every kind once before any kind twice, then by weight. */
export function schedule(count: number, messages: number, random: Random): Appointment[] {
  const once = KINDS.map((fault) => ({ fault, order: random.next() })).toSorted((a, b) => a.order - b.order);
  const weighted = KINDS.flatMap((fault) => Array.from({ length: WEIGHTS[fault] }, () => fault));
  return Array.from({ length: count }, (_, index) => ({
    fault: once[index]?.fault ?? random.pick(weighted),
    after: Math.floor(((index + random.next()) / count) * LAST * messages),
  }));
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
