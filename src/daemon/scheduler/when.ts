import { CronDate } from 'croner';
import { HiveError } from '#src/lib/errors.ts';
import { invalid, nextCron, readCron } from './cron.ts';

/** When something shall happen, as it is said. */
export interface Said {
  delay_seconds?: number | undefined;
  at?: string | undefined;
  cron?: string | undefined;
  timezone?: string | undefined;
}

/** When it happens next. */
export interface When {
  /** Epoch ms. */
  dueAt: number;
  /** Five fields; null = once. */
  cron: string | null;
  /** The zone in which a time or a cron was read; null when nothing had to be read in one. */
  timezone: string | null;
}

/** Date, time, seconds and their fraction, offset. */
const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:\.\d{1,9})?)?)?(Z|[+-]\d{2}:?\d{2})?$/i;
const EXAMPLE = '2026-12-01T09:00, or 2026-12-01T09:00:00+01:00';

/** Reads when something shall happen; `hostZone` is meant where none is named. Throws `invalid` naming the value and the fix. */
export function readWhen(said: Said, now: number, hostZone: string): When {
  const { delay_seconds: delay, at, cron } = said;
  const ways = [delay, at, cron].filter((way) => way !== undefined).length;
  if (ways !== 1) {
    const problem = ways === 0 ? 'say when' : `say when in one way, not in ${ways}`;
    throw new HiveError('invalid', `${problem}: give one of delay_seconds, at and cron`);
  }
  const timezone = readZone(said.timezone, hostZone);
  if (delay !== undefined) return { dueAt: now + Math.round(delay * 1000), cron: null, timezone: null };
  return cron === undefined ? readMoment(at ?? '', timezone, now) : readSchedule(cron, timezone, now);
}

/** A zone by its IANA name; an old or a new name stays what it is, capitals are mended. */
function readZone(name: string | undefined, hostZone: string): string {
  if (name === undefined) return hostZone;
  try {
    // Offsets like +02:00 know no summer time: zones are names here.
    if (!/^[a-z]/i.test(name)) throw new RangeError('no name');
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    return timeZone.toLowerCase() === name.toLowerCase() ? timeZone : name;
  } catch (cause) {
    const fix = 'use an IANA name like Europe/Berlin, or UTC';
    throw new HiveError('invalid', `there is no time zone "${name}": ${fix}`, { cause });
  }
}

function readSchedule(cron: string, timezone: string, now: number): When {
  const times = readCron(cron, timezone);
  const dueAt = nextCron(times, now);
  if (dueAt === null) throw invalid(cron, 'there is no such day, it would never fire: choose one that comes');
  return { dueAt, ...times };
}

function readMoment(at: string, zone: string, now: number): When {
  const parts = ISO.exec(at.trim());
  if (!parts) throw new HiveError('invalid', `"${at}" is no time: write ISO 8601, like ${EXAMPLE}`);
  const [, date = '', time = '00:00', seconds = '00', offset] = parts;
  const local = `${date}T${time}:${seconds}`;
  if (!existsOnPaper(local)) throw new HiveError('invalid', `"${at}" is no time: there is no such day or hour`);
  const dueAt = offset ? withOffset(local, offset) : new CronDate(local, zone).getDate().getTime();
  if (Number.isNaN(dueAt)) throw new HiveError('invalid', `"${at}" has no offset that exists: write it like +01:00`);
  if (dueAt <= now) {
    const moment = new Date(dueAt).toISOString();
    throw new HiveError('invalid', `"${at}" (${moment}) has passed, it is ${new Date(now).toISOString()}: say later`);
  }
  return { dueAt, cron: null, timezone: offset ? null : zone };
}

/** Libraries read February 30 as March 2. */
function existsOnPaper(local: string): boolean {
  const read = new Date(`${local}Z`);
  return !Number.isNaN(read.getTime()) && read.toISOString().startsWith(local);
}

function withOffset(local: string, offset: string): number {
  const zulu = offset.toUpperCase() === 'Z';
  return Date.parse(`${local}${zulu ? 'Z' : offset.replace(/^([+-]\d{2}):?/, '$1:')}`);
}
