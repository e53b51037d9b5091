import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { nextCron, passTimes, readCron } from '#src/daemon/scheduler/cron.ts';
import type { CronTimes } from '#src/daemon/scheduler/cron.ts';

const MINUTE = 60_000;
const ZONES = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'UTC'];

const CLOCKS = new Map(
  ZONES.map((zone) => [
    zone,
    new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' }),
  ]),
);

/** The next `many` times after `from`, UTC to the minute. */
function times(cron: string, zone: string, from: string, many: number): string[] {
  const read = readCron(cron, zone);
  const found: string[] = [];
  for (let after: number | null = Date.parse(from); found.length < many && after !== null;) {
    after = nextCron(read, after);
    if (after !== null) found.push(new Date(after).toISOString().slice(5, 16));
  }
  return found;
}

test('F16: where clocks jump forward, a fixed time is when they jump, and an interval goes on without a hole', () => {
  const cases: [string, string, string, string[]][] = [
    ['30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00Z', ['03-29T01:00', '03-30T00:30']],
    ['30 2 * * *', 'America/New_York', '2026-03-07T20:00Z', ['03-08T07:00', '03-09T06:30']],
    ['15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T10:00Z', ['10-03T15:30', '10-04T15:15']],
    ['1,31 2 * * *', 'Europe/Berlin', '2026-03-28T12:00Z', ['03-29T01:00', '03-30T00:01']],
    ['*/30 * * * *', 'Europe/Berlin', '2026-03-29T00:10Z', ['03-29T00:30', '03-29T01:00', '03-29T01:30']],
    ['30 2 * * *', 'Asia/Kolkata', '2026-03-28T12:00Z', ['03-28T21:00', '03-29T21:00']],
  ];
  for (const [cron, zone, from, expected] of cases)
    assert.deepEqual(times(cron, zone, from, expected.length), expected, `${cron} ${zone}`);
});

test('F16: where clocks are set back, a fixed time comes once, and an interval in both hours', () => {
  const cases: [string, string, string, string[]][] = [
    ['30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', ['10-25T00:30', '10-26T01:30']],
    ['30 1 * * *', 'America/New_York', '2026-10-31T20:00Z', ['11-01T05:30', '11-02T06:30']],
    ['45 1 * * *', 'Australia/Lord_Howe', '2026-04-04T08:00Z', ['04-04T14:45', '04-05T15:15']],
    ['*/30 * * * *', 'Europe/Berlin', '2026-10-25T00:10Z', ['10-25T00:30', '10-25T01:00', '10-25T01:30']],
    ['*/15 * * * *', 'Australia/Lord_Howe', '2026-04-04T14:20Z', ['04-04T14:30', '04-04T14:45', '04-04T15:00']],
  ];
  for (const [cron, zone, from, expected] of cases)
    assert.deepEqual(times(cron, zone, from, expected.length), expected, `${cron} ${zone}`);
});

test('F16: the leap day comes in leap years only', () => {
  assert.deepEqual(times('0 12 29 2 *', 'UTC', '2026-01-01T00:00Z', 2), ['02-29T12:00', '02-29T12:00']);
  assert.equal(nextCron(readCron('0 12 29 2 *', 'UTC'), Date.UTC(2096, 2, 1)), Date.UTC(2104, 1, 29, 12));
});

/** One field: `*`, a number, a range or a step, with the values that it means. */
function field(min: number, max: number): fc.Arbitrary<{ text: string; values: Set<number> }> {
  const one = fc.integer({ min, max });
  const from = (values: number[], text: string): { text: string; values: Set<number> } => ({
    text,
    values: new Set(values),
  });
  const all = Array.from({ length: max - min + 1 }, (_, index) => min + index);
  return fc.oneof(
    fc.constant(from(all, '*')),
    one.map((value) => from([value], `${value}`)),
    fc.tuple(one, one).map(([a, b]) => {
      const [low, high] = a < b ? [a, b] : [b, a];
      return from(
        all.filter((value) => value >= low && value <= high),
        `${low}-${high}`,
      );
    }),
    fc.integer({ min: 2, max: Math.min(15, max) }).map((step) =>
      from(
        all.filter((value) => (value - min) % step === 0),
        `*/${step}`,
      ),
    ),
  );
}

const expression = fc.record({ minute: field(0, 59), hour: field(0, 23), day: field(1, 31), weekday: field(0, 6) });
type Fields = typeof expression extends fc.Arbitrary<infer F> ? F : never;

/** Wall-clock fields of a moment. */
function wall(zone: string, at: number): { minute: number; hour: number; day: number; weekday: number; text: string } {
  const local = CLOCKS.get(zone)?.format(at) ?? '';
  const read = new Date(`${local.replace(' ', 'T')}Z`);
  return {
    minute: read.getUTCMinutes(),
    hour: read.getUTCHours(),
    day: read.getUTCDate(),
    weekday: read.getUTCDay(),
    text: local,
  };
}

function matches(fields: Fields, zone: string, at: number): boolean {
  const { minute, hour, day, weekday } = wall(zone, at);
  const [onDay, onWeekday] = [fields.day.values.has(day), fields.weekday.values.has(weekday)];
  const free = fields.day.text === '*' || fields.weekday.text === '*';
  return (
    fields.minute.values.has(minute) && fields.hour.values.has(hour) && (free ? onDay && onWeekday : onDay || onWeekday)
  );
}

/** Whether the wall clock was moved in the two days before `at`. */
function changed(zone: string, at: number): boolean {
  const lag = (moment: number): number => Date.parse(`${wall(zone, moment).text.replace(' ', 'T')}Z`) - moment;
  const whole = Math.floor(at / MINUTE) * MINUTE;
  return [6, 12, 24, 36, 48].some((hours) => lag(whole) !== lag(whole - hours * 60 * MINUTE));
}

test('F16: the next time is later, shows the fields that were asked for, and nothing between matches', () => {
  const start = fc.integer({ min: Date.UTC(2025, 11, 1), max: Date.UTC(2028, 2, 31) });
  fc.assert(
    fc.property(expression, fc.constantFrom(...ZONES), start, (fields, zone, after) => {
      const cron = `${fields.minute.text} ${fields.hour.text} ${fields.day.text} * ${fields.weekday.text}`;
      const next = nextCron(readCron(cron, zone), after);
      assert.ok(next !== null && next > after, cron);
      assert.equal(next % MINUTE, 0);
      if (!changed(zone, next)) assert.ok(matches(fields, zone, next), `${cron} ${zone} ${wall(zone, next).text}`);
      const first = Math.floor(after / MINUTE) * MINUTE + MINUTE;
      for (let at = first; at < Math.min(next, first + 800 * MINUTE); at += MINUTE)
        if (!changed(zone, at)) assert.ok(!matches(fields, zone, at), `${cron} ${zone} skips ${wall(zone, at).text}`);
    }),
    { numRuns: 100 },
  );
});

test('F16: a daily time comes on every day there is, gaps and repeated hours included', () => {
  const minutes = fc.integer({ min: 0, max: 24 * 60 - 1 });
  fc.assert(
    fc.property(minutes, fc.constantFrom(...ZONES), (minute, zone) => {
      const daily = readCron(`${minute % 60} ${Math.floor(minute / 60)} * * *`, zone);
      const days = new Set<string>();
      let at: number | null = Date.parse('2026-01-01T12:00Z');
      for (let count = 0; count < 365 && at !== null; count++) {
        at = nextCron(daily, at);
        if (at !== null) days.add(wall(zone, at).text.slice(0, 10));
      }
      assert.equal(days.size, 365, 'no day twice');
      const last = wall(zone, at ?? 0).text.slice(0, 10);
      assert.ok(['2026-12-31', '2027-01-01'].includes(last), `no day left out: the 365th is ${last}`);
    }),
    { numRuns: 25 },
  );
});

test('what passed is counted up to a limit, and the next time is after now however much it was', () => {
  const hourly: CronTimes = readCron('0 * * * *', 'UTC');
  const after = Date.UTC(2026, 0, 1, 0);
  const pass = (now: number): ReturnType<typeof passTimes> => passTimes(hourly, { after, now, most: 100 });
  assert.deepEqual(pass(after), { passed: 0, next: after + 60 * MINUTE });
  assert.deepEqual(pass(after + 10 * 60 * MINUTE), { passed: 10, next: after + 11 * 60 * MINUTE });
  assert.deepEqual(pass(after + 2000 * 60 * MINUTE + 1), { passed: 100, next: after + 2001 * 60 * MINUTE });
});
