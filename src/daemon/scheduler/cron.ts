import { Cron } from 'croner';
import { HiveError } from '#src/lib/errors.ts';

/** A cron expression and the zone in which it is read. */
export interface CronTimes {
  cron: string;
  /** IANA name. */
  timezone: string;
}

/** Digits, lists, ranges, steps and names of days and months: what every cron knows. */
const FIELD = /^[\d*,/-]+$/;
const NAMED_FIELD = /^([\d*,/-]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat)+$/i;

/** Reads five cron fields. Throws `invalid`, naming the expression and the fix, when they are none, or mean a day that never comes. */
export function readCron(cron: string, timezone: string): CronTimes {
  const fields = cron.trim().split(/\s+/);
  if (fields.length !== 5)
    throw invalid(cron, `it has ${fields.length} fields, not five: minute hour day month weekday, like "0 9 * * 1-5"`);
  const odd = fields.find((field, index) => !(index < 3 ? FIELD : NAMED_FIELD).test(field));
  if (odd !== undefined) throw invalid(cron, `"${odd}" is no number, list, range, step or *: write it like 1-5`);
  const times = { cron: fields.join(' '), timezone };
  parse(times);
  return times;
}

/**
 * The first time after `after`, epoch ms; null when there is none. A time that the clocks skip is when they jump, and one that comes twice counts once, unless
 * minute or hour have a `*`: then every time that there is counts (docs/decisions/0032).
 */
export function nextCron(times: CronTimes, after: number): number | null {
  return step(parse(times), after);
}

/** How many times came after `after` until `now`, counted up to `most`, and the first one after `now`. */
export function passTimes(
  times: CronTimes,
  { after, now, most }: { after: number; now: number; most: number },
): { passed: number; next: number | null } {
  const job = parse(times);
  let passed = 0;
  let next = step(job, after);
  for (; next !== null && next <= now && passed < most; passed++) next = step(job, next);
  return { passed, next: next !== null && next <= now ? step(job, now) : next };
}

function step(job: Cron, after: number): number | null {
  return job.nextRun(new Date(after))?.getTime() ?? null;
}

function parse({ cron, timezone }: CronTimes): Cron {
  try {
    return new Cron(cron, { timezone, mode: '5-part', fixedTimeRule: 'no-wildcard' });
  } catch (cause) {
    throw invalid(cron, `${reason(cause)}; write it like "0 9 * * 1-5"`, cause);
  }
}

function reason(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.replace(/^CronPattern: /, '').replace(/^./, (first) => first.toLowerCase());
}

/** The refusal of an expression. */
export function invalid(cron: string, why: string, cause?: unknown): HiveError {
  return new HiveError('invalid', `cron "${cron}" cannot be used: ${why}`, { cause });
}
