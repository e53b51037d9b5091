import type { Clock } from '#src/lib/clock.ts';
import type { Tx } from '../db/index.ts';
import type { DueWork, SchedulerHooks } from './api.ts';
import { passTimes } from './cron.ts';
import type { CronTimes } from './cron.ts';
import { lateNote } from './late-note.ts';
import { endFired, endReminder, findNextDue, insertFirings, listDue, setNextDue } from './reminder-store.ts';
import type { DueReminder } from './reminder-store.ts';

/** Missed times of a schedule that are counted. */
const MOST_COUNTED = 100;
/** Reckoning times in zones takes 50 µs each: a batch that has done so for this long ends early. */
const RECKON_MS = 5;

type Hooks = Pick<SchedulerHooks, 'enqueueReminders'>;

/** A reminder that fires now. */
interface Firing {
  reminder: DueReminder;
  /** A schedule's next time; null = it has fired for the last time. */
  next: number | null;
  body: string;
}

/** Reminders as due work: messages, firings and the reminders' ends or next due times are one transaction. */
export function reminderWork(hooks: Hooks, clock: Pick<Clock, 'monotonic'>): DueWork {
  return {
    nextDue: findNextDue,
    fire(tx, max) {
      const due = listDue(tx.db, tx.now, max);
      const gone = due.filter(({ there }) => !there);
      for (const reminder of gone) cancel(tx, reminder);
      const firings = reckon(due, tx.now, clock);
      fireAll(hooks, tx, firings);
      return gone.length + firings.length;
    },
  };
}

function cancel(tx: Tx, { id, agent }: DueReminder): void {
  endReminder(tx.db, { id, state: 'cancelled' });
  tx.emit({ type: 'reminder.cancelled', agent, reminder: id });
}

function reckon(due: DueReminder[], now: number, clock: Pick<Clock, 'monotonic'>): Firing[] {
  const until = clock.monotonic() + RECKON_MS;
  const firings: Firing[] = [];
  for (const reminder of due) {
    if (!reminder.there) continue;
    const { passed, next } = whatCame(reminder, now);
    const late = lateNote({ dueAt: reminder.due_at, now, missed: passed, most: MOST_COUNTED });
    firings.push({ reminder, next, body: reminder.message + late });
    if (next !== null && clock.monotonic() > until) break;
  }
  return firings;
}

/** Times of a schedule that passed since the one that fires. A zone that the machine does not know any more ends it: an error here would stop everybody's. */
function whatCame({ cron, timezone, due_at: after }: DueReminder, now: number): ReturnType<typeof passTimes> {
  if (cron === null || timezone === null) return { passed: 0, next: null };
  const times: CronTimes = { cron, timezone };
  try {
    return passTimes(times, { after, now, most: MOST_COUNTED });
  } catch {
    return { passed: 0, next: null };
  }
}

function fireAll(hooks: Hooks, tx: Tx, firings: Firing[]): void {
  const messages = firings.map(({ reminder, body }) => ({
    to: reminder.agent,
    from: reminder.set_by,
    body,
    depth: reminder.depth,
  }));
  const ids = hooks.enqueueReminders(tx, messages);
  const rows = firings.map(({ reminder: { id, agent, due_at: dueAt } }, index) => {
    return { reminder: id, agent, dueAt, message: ids[index] ?? 0 };
  });
  insertFirings(tx.db, rows, tx.now);
  for (const { agent, reminder, message } of rows) tx.emit({ type: 'reminder.fired', agent, reminder, message });
  const ended = firings.filter(({ next }) => next === null).map(({ reminder }) => reminder.id);
  if (ended.length > 0) endFired(tx.db, ended);
  for (const { reminder, next } of firings) if (next !== null) setNextDue(tx.db, { id: reminder.id, dueAt: next });
}
