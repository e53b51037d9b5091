import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Homes } from './homes.ts';
import { readHistory } from './history.ts';
import { judge } from './judge.ts';
import { CALLS, STORIES } from './stories.ts';
import { runStory } from './strace.ts';
import { pathOf } from './trace.ts';
import type { Call } from './trace.ts';
import type { Fault, Ran, Run } from './strace.ts';

/** A storage call of a story at which a fault is planted. */
export interface Point {
  story: string;
  /** The call's name, and the how manieth of its name and thread it is, from 1. */
  name: string;
  at: number;
  /** The call as it goes without the fault. */
  call: string;
}

/** What went wrong at a point. */
export interface Violation {
  point: Point;
  kind: Fault;
  wrong: string[];
}

/** Where runs take place. */
export interface Place {
  folder: string;
  homes: Homes;
}

/** How one story fared under one kind of fault. */
export interface Tally {
  story: string;
  kind: Fault;
  points: number;
  violations: Violation[];
}

/** Which points are tried. */
export type Choose = (points: Point[]) => Point[];

/** Every `step`-th point. */
export function every(step: number): Choose {
  return (points) => points.filter((_point, index) => index % step === 0);
}

/** At most so many, spread evenly. */
export function atMost(many: number): Choose {
  return (points) => every(Math.max(1, Math.ceil(points.length / many)))(points);
}

/** Plants faults at those storage calls of every story that `choose` takes, as many at once as there are processors; `onTally` hears of every story when it is through. */
export async function runMatrix(
  place: Place,
  { kinds, choose, onTally }: { kinds: Fault[]; choose: Choose; onTally?: (tally: Tally) => void },
): Promise<Tally[]> {
  const tallies: Tally[] = [];
  for (const story of Object.keys(CALLS)) {
    const points = choose(await findPoints(place, story));
    for (const kind of kinds) {
      const tally: Tally = { story, kind, points: points.length, violations: [] };
      await atOnce(points, async (point) => {
        const violation = await tryPoint(place, kind, point);
        if (violation.wrong.length > 0) tally.violations.push(violation);
      });
      tallies.push(tally);
      onTally?.(tally);
    }
  }
  return tallies;
}

/** Runs `work` over all items, as many at once as there are processors. */
async function atOnce<T>(items: T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const lane = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, lane));
}

/** Storage calls of a story's tested part, in order, from a run without a fault. Throws when that run already breaks a rule. */
export async function findPoints(place: Place, story: string): Promise<Point[]> {
  const { ran, wrong } = await runAndJudge(place, story, `${story}-watched`);
  if (ran.code !== 0 || wrong.length > 0)
    throw new Error(`story ${story} fails without a fault (exit ${ran.code}): ${[...wrong, ran.errors].join('; ')}`);
  const refused = readHistory(ran.output).filter(({ state }) => state === 'refused');
  if (refused.length > 0) throw new Error(`story ${story} is refused something: ${refused[0]?.message}`);
  const begin = ran.calls.findIndex((call) => call.text.includes('/begin"'));
  if (begin < 0) throw new Error(`story ${story} never began`);
  const end = ran.calls.findIndex((call) => call.text.includes('/end"'));
  const last = end < begin ? ran.calls.length : end;
  const points = numberCalls(story, ran.calls).slice(begin + 1, last);
  if (points.length === 0) throw new Error(`story ${story} stores nothing`);
  return points;
}

/** Gives every line of a trace its place among the calls of its name and thread. */
function numberCalls(story: string, calls: Call[]): Point[] {
  const counts = new Map<string, number>();
  return calls.map(({ thread, name, text: call }) => {
    const at = (counts.get(`${thread} ${name}`) ?? 0) + 1;
    counts.set(`${thread} ${name}`, at);
    return { story, name, at, call };
  });
}

/** Plants one fault and answers what it broke. */
export async function tryPoint(place: Place, kind: Fault, point: Point): Promise<Violation> {
  const folder = `${point.story}-${kind}-${point.name}-${point.at}`;
  const fault = { kind, name: point.name, at: point.at };
  let { ran, wrong } = await runAndJudge(place, point.story, folder, fault);
  // Threads do not always share their work in the same way.
  if (!wasReached(ran, kind)) ({ ran, wrong } = await runAndJudge(place, point.story, folder, fault));
  return { point, kind, wrong: [...wrong, ...(kind === 'KILL' ? notKilled(ran) : notHandled(ran, kind))] };
}

async function runAndJudge(
  { folder, homes }: Place,
  story: string,
  name: string,
  fault?: Run['fault'],
): Promise<{ ran: Ran; wrong: string[] }> {
  const { home: from, migrates } = STORIES[story] ?? { home: 'none' };
  const home = join(folder, name);
  homes.copy(from, home);
  const migrations = migrates ? { migrations: homes.migrations } : {};
  const run = { home, story, cache: join(folder, 'cache'), ...migrations, ...(fault && { fault }) };
  try {
    const ran = await runStory(run);
    const history = readHistory(ran.output);
    const wrong = await judge({
      file: join(home, 'hive.db'),
      history,
      ...(migrates && { migrationsDir: homes.migrations }),
    });
    return { ran, wrong };
  } finally {
    for (const path of [home, `${home}.strace`]) rmSync(path, { recursive: true, force: true });
  }
}

function wasReached({ code, calls }: Ran, kind: Fault): boolean {
  return kind === 'KILL' ? code === null : calls.some(({ text }) => text.includes('(INJECTED)'));
}

/** The fault was reached. */
function notKilled({ code }: Ran): string[] {
  return code === null ? [] : [`the process was not killed: exit ${code}`];
}

/** After an error the process either goes on and stores again, or it ends with a failure; a failed fsync is never tried again. */
function notHandled(ran: Ran, kind: Fault): string[] {
  const wrong: string[] = [];
  const failed = ran.calls.findIndex(({ text }) => text.includes('(INJECTED)'));
  if (failed < 0) return ['the fault was not reached'];
  const call = ran.calls[failed]?.text ?? '';
  const history = readHistory(ran.output);
  const through = history.some(({ act, state }) => act.do === 'send' && act.body === 'afterwards' && state === 'ok');
  if (ran.code === 0 && !through) wrong.push(`the process went on and refused to store after ${call}`);
  if (ran.code === null) wrong.push(`the process hung or was killed after ${call}`);
  if (/^f(data)?sync\(/.test(call)) wrong.push(...syncedAgain(call, ran.calls.slice(failed + 1)));
  const refusals = history.filter(({ state }) => state === 'refused');
  for (const { act, code, message } of refusals)
    if (code !== 'unavailable') wrong.push(`${act.do} was refused as ${code} instead of unavailable: ${message}`);
  if (kind === 'ENOSPC' && ran.code !== 0 && /^p?write/.test(call)) wrong.push(...endedFull(ran, history.length > 0));
  return wrong;
}

/** A full disk may keep a hive from starting, which it says; it never ends one that runs. */
function endedFull({ code, errors }: Ran, ran: boolean): string[] {
  if (!ran && errors.startsWith('unavailable: the disk of the hive is full')) return [];
  return [`a full disk ended the process (exit ${code}): ${errors.slice(-300)}`];
}

/** A draft is thrown away at the next start; a folder is synced by SQLite, which overlooks an error there, and by the hive, which does not. */
function syncedAgain(failed: string, calls: Call[]): string[] {
  const file = pathOf(failed);
  if (!/hive\.db(-wal)?$/.test(file)) return [];
  const again = calls.filter(({ text }) => /^f(data)?sync\(/.test(text) && pathOf(text) === file);
  return again.length > 0 ? [`after a failed fsync it was tried again: ${again[0]?.text}`] : [];
}
