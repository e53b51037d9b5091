import assert from 'node:assert/strict';
import test from 'node:test';
import { readWhen } from '#src/daemon/scheduler/when.ts';
import type { Said, When } from '#src/daemon/scheduler/when.ts';

const NOW = Date.UTC(2026, 0, 5, 12);

/** What a host in Berlin reads on Monday, January 5 2026, 13:00 there. */
function read(said: Said): When & { due: string } {
  const when = readWhen(said, NOW, 'Europe/Berlin');
  return { ...when, due: new Date(when.dueAt).toISOString().slice(0, 16) };
}

function refusal(said: Said): string {
  try {
    read(said);
  } catch (error) {
    assert.equal((error as { code: string }).code, 'invalid');
    return (error as Error).message;
  }
  throw new Error(`${JSON.stringify(said)} was read`);
}

test('a delay counts from now and needs no zone', () => {
  assert.deepEqual(read({ delay_seconds: 90 }), {
    dueAt: NOW + 90_000,
    cron: null,
    timezone: null,
    due: '2026-01-05T12:01',
  });
});

test('a time with an offset means that moment; without one it is read in the named zone, else in the host’s', () => {
  assert.equal(read({ at: '2026-06-01T09:00:00Z' }).due, '2026-06-01T09:00');
  assert.equal(read({ at: '2026-06-01T09:00+0530' }).due, '2026-06-01T03:30');
  assert.equal(read({ at: '2026-06-01T09:00' }).due, '2026-06-01T07:00');
  assert.equal(read({ at: '2026-06-01' }).due, '2026-05-31T22:00');
  assert.equal(read({ at: '2026-06-01 09:00:30.5', timezone: 'America/New_York' }).due, '2026-06-01T13:00');
  assert.equal(read({ at: '2026-06-01T09:00', timezone: 'america/new_york' }).timezone, 'America/New_York');
  assert.equal(read({ at: '2026-06-01T09:00', timezone: 'Asia/Kolkata' }).timezone, 'Asia/Kolkata');
});

test('a time that the clocks skip is read with the offset before, one that comes twice is the first', () => {
  assert.equal(read({ at: '2026-03-29T02:30' }).due, '2026-03-29T01:30');
  assert.equal(read({ at: '2026-10-25T02:30' }).due, '2026-10-25T00:30');
  assert.equal(read({ at: '2026-10-04T02:15', timezone: 'Australia/Lord_Howe' }).due, '2026-10-03T15:45');
});

test('cron is read in its zone and fires next at the first time after now', () => {
  assert.deepEqual(read({ cron: ' 0  9 * * MON-FRI ' }), {
    dueAt: Date.UTC(2026, 0, 6, 8),
    cron: '0 9 * * MON-FRI',
    timezone: 'Europe/Berlin',
    due: '2026-01-06T08:00',
  });
  assert.equal(read({ cron: '0 13 * * *', timezone: 'UTC' }).due, '2026-01-05T13:00');
  assert.equal(read({ cron: '0 0 29 2 *', timezone: 'UTC' }).due, '2028-02-29T00:00');
  assert.equal(read({ cron: '0 9 13 * 5', timezone: 'UTC' }).due, '2026-01-09T09:00', 'either day is enough');
});

test('exactly one way of saying when is taken', () => {
  assert.match(refusal({}), /say when: give one of delay_seconds, at and cron/);
  assert.match(refusal({ delay_seconds: 1, at: '2026-06-01' }), /not in 2/);
  assert.match(refusal({ delay_seconds: 1, at: '2026-06-01', cron: '* * * * *' }), /not in 3/);
});

test('what is no time, no zone or has passed is refused with the value and the fix', () => {
  assert.match(refusal({ at: 'tomorrow' }), /"tomorrow" is no time: write ISO 8601, like 2026-12-01T09:00/);
  assert.match(refusal({ at: '2026-02-30T09:00' }), /"2026-02-30T09:00" is no time: there is no such day/);
  assert.match(refusal({ at: '2026-06-01T25:00' }), /no such day or hour/);
  assert.match(refusal({ at: '2026-06-01T09:00+99:00' }), /no offset that exists/);
  assert.match(refusal({ at: '2026-01-05T13:00' }), /"2026-01-05T13:00" \(2026-01-05T12:00:00.000Z\) has passed/);
  assert.match(refusal({ cron: '0 9 * * *', timezone: 'Mars/Base' }), /no time zone "Mars\/Base": use an IANA name/);
  assert.match(refusal({ at: '2026-06-01', timezone: '+02:00' }), /no time zone "\+02:00"/);
  assert.match(refusal({ delay_seconds: 1, timezone: '' }), /no time zone ""/);
});

test('what is no cron, or fires never or too often, is refused with the expression and the fix', () => {
  assert.match(refusal({ cron: '* * *' }), /cron "\* \* \*" cannot be used: it has 3 fields, not five/);
  assert.match(refusal({ cron: '*/5 * * * * *' }), /6 fields, not five/);
  assert.match(refusal({ cron: '60 * * * *' }), /invalid value for minute: 60; write it like "0 9 \* \* 1-5"/);
  assert.match(refusal({ cron: '0 0 31 2 *' }), /there is no such day, it would never fire/);
  for (const odd of ['? * * * *', '0 0 L * *', '0 0 * * 5#2', '0 0 15W * *', '0 0 1 * +1', '@daily * * * *'])
    assert.match(refusal({ cron: odd }), /cannot be used: ".*" is no number, list, range, step or \*/, odd);
  assert.match(refusal({ cron: '@daily' }), /1 fields, not five/);
});
