import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remindersView } from '#src/web/views/reminders.ts';
import { NOW, reminder } from '../../../support/hive-views.ts';

const NONE = { fired: 0, attempts: 0, delivered: 0 };

test('a reminder says when, whether it comes again, and who set it when that was somebody else', () => {
  const daily = reminder({ id: 2, cron: '0 9 * * *', timezone: 'Europe/Berlin', set_by: 'operator' });
  const view = remindersView([reminder(), daily], { total: 2, counts: NONE, now: NOW });
  const [once, again] = view.pending;
  assert.deepEqual([once?.text, once?.due.ago, once?.again, once?.by], ['look again', '5m', null, null]);
  assert.deepEqual([again?.again, again?.by], ['0 9 * * * (Europe/Berlin)', 'operator']);
  assert.equal(view.more, 0);
});

test('what is not shown is counted', () => {
  assert.equal(remindersView([reminder()], { total: 31, counts: NONE, now: NOW }).more, 30);
});

test('the last day says what fired, what was delivered, and attempts only where they differ', () => {
  const day = (fired: number, attempts: number, delivered: number): string =>
    remindersView([], { total: 0, counts: { fired, attempts, delivered }, now: NOW }).day;
  assert.equal(day(0, 0, 0), 'None fired in the last 24 hours.');
  assert.equal(day(3, 3, 3), '3 fired in the last 24 hours, 3 delivered.');
  assert.equal(day(3, 1, 0), '3 fired in the last 24 hours, 0 delivered in 1 attempt.');
  assert.equal(day(3, 5, 3), '3 fired in the last 24 hours, 3 delivered in 5 attempts.');
});
