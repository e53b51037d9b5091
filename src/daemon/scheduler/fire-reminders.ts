import type { Clock } from '#src/lib/clock.ts';
import type { Tx } from '../db/index.ts';
import type { DueWork, SchedulerHooks } from './api.ts';
import { passTimes } from './cron.ts';
import type { CronTimes } from './cron.ts';
import { endReminder, findNextDue, insertFiring, listDue, setNextDue } from './reminder-store.ts';
import type { DueReminder } from './reminder-store.ts';

/** A reminder that fires this much after its due time says so. */
const LATE_MS = 60_000;
/** Missed times of a schedule that are counted: each costs 50 µs. */
const MOST_COUNTED = 100;
/** A batch ends early after this time: where a zone's times have to be reckoned, 500 are many. */
const BATCH_MS = 8;

type Hooks = Pick<SchedulerHooks, 'enqueue'>;

/** Reminders as due work: the message, the firing and the reminder's end or next due time are one transaction. */
export function reminderWork(hooks: Hooks, clock: Pick<Clock, 'monotonic'>): DueWork {
  return {
    nextDue: findNextDue,
    fire(tx, max) {
      const until = clock.monotonic() + BATCH_MS;
      let fired = 0;
      for (const reminder of listDue(tx.db, tx.now, max)) {
        fire(hooks, tx, reminder);
        fired++;
        if (clock.monotonic() > until) break;
      }
      return fired;
    },
  };
}

function fire(hooks: Hooks, tx: Tx, reminder: DueReminder): void {
  const { id, agent, due_at: dueAt } = reminder;
  if (!reminder.there) {
    endReminder(tx.db, { id, state: 'cancelled' });
    tx.emit({ type: 'reminder.cancelled', agent, reminder: id });
    return;
  }
  const missed = goOn(tx, reminder);
  const body = reminder.message + lateNote(dueAt, tx.now, missed);
  const message = hooks.enqueue(tx, { to: agent, from: reminder.set_by, kind: 'reminder', body, wakes: true });
  insertFiring(tx.db, { reminder: id, agent, dueAt, message, at: tx.now });
  tx.emit({ type: 'reminder.fired', agent, reminder: id, message });
}

/** Ends a reminder, or moves a schedule to its first time after now; answers how many of its times passed by meanwhile. */
function goOn(tx: Tx, { id, due_at: dueAt, cron, timezone }: DueReminder): number {
  if (cron === null || timezone === null) {
    endReminder(tx.db, { id, state: 'fired' });
    return 0;
  }
  const { passed, next } = whatCame({ cron, timezone }, dueAt, tx.now);
  if (next === null) endReminder(tx.db, { id, state: 'fired' });
  else setNextDue(tx.db, { id, dueAt: next });
  return passed;
}

/** A zone that the machine does not know any more ends its schedule: an error here would stop everybody's. */
function whatCame(times: CronTimes, after: number, now: number): ReturnType<typeof passTimes> {
  try {
    return passTimes(times, { after, now, most: MOST_COUNTED });
  } catch {
    return { passed: 0, next: null };
  }
}

function lateNote(dueAt: number, now: number, missed: number): string {
  const late = now - dueAt;
  if (late < LATE_MS && missed === 0) return '';
  const minutes = Math.max(1, Math.round(late / 60_000));
  const due = `this was due at ${new Date(dueAt).toISOString()}, ${minutes} ${minutes === 1 ? 'minute' : 'minutes'} ago`;
  return `\n\n(late: ${due}${missedNote(missed)})`;
}

/** One message stands for all times that were missed. */
function missedNote(missed: number): string {
  if (missed === 0) return '';
  const many = missed < MOST_COUNTED ? `${missed}` : `${MOST_COUNTED} or more`;
  return `; ${many} later ${missed === 1 ? 'time was' : 'times were'} missed since, and will not fire`;
}
