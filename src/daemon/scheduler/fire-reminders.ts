import type { Logger } from 'pino';
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

/** What firing reminders needs. */
export interface FiringDeps {
  hooks: Pick<SchedulerHooks, 'enqueueReminders'>;
  clock: Pick<Clock, 'monotonic'>;
  log: Pick<Logger, 'error'>;
}

/** What came of a schedule since it was due. */
interface Came {
  passed: number;
  next: number | null;
  /** Why its times cannot be reckoned any more. */
  broken?: string;
}

/** A reminder that fires now. */
interface Firing {
  reminder: DueReminder;
  /** A schedule's next time; null = it has fired for the last time. */
  next: number | null;
  body: string;
}

/** Reminders as due work: messages, firings and the reminders' ends or next due times are one transaction. */
export function reminderWork(deps: FiringDeps): DueWork {
  return {
    nextDue: findNextDue,
    fire(tx, max) {
      const due = listDue(tx.db, tx.now, max);
      const gone = due.filter(({ there }) => !there);
      for (const reminder of gone) cancel(tx, reminder);
      const firings = reckon(deps, tx, due);
      fireAll(deps.hooks, tx, firings);
      return gone.length + firings.length;
    },
  };
}

function cancel(tx: Tx, { id, agent }: DueReminder): void {
  endReminder(tx.db, { id, state: 'cancelled' });
  tx.emit({ type: 'reminder.cancelled', agent, reminder: id });
}

function reckon({ clock, log }: FiringDeps, tx: Tx, due: DueReminder[]): Firing[] {
  const { now } = tx;
  const until = clock.monotonic() + RECKON_MS;
  const firings: Firing[] = [];
  for (const reminder of due) {
    if (!reminder.there) continue;
    const { passed, next, broken } = whatCame(reminder, now);
    const late = lateNote({ dueAt: reminder.due_at, now, missed: passed, most: MOST_COUNTED });
    const ended = broken === undefined ? '' : `\n\n(this schedule ended: ${broken})`;
    firings.push({ reminder, next, body: reminder.message + late + ended });
    const { id, agent } = reminder;
    if (broken !== undefined) tx.afterCommit(() => log.error({ agent, reminder: id }, `a schedule ended: ${broken}`));
    if (next !== null && clock.monotonic() > until) break;
  }
  return firings;
}

/** Times of a schedule that passed since the one that fires. A zone that the machine does not know any more ends it: an error here would stop everybody's. */
function whatCame({ cron, timezone, due_at: after }: DueReminder, now: number): Came {
  if (cron === null || timezone === null) return { passed: 0, next: null };
  const times: CronTimes = { cron, timezone };
  try {
    return passTimes(times, { after, now, most: MOST_COUNTED });
  } catch (error) {
    return { passed: 0, next: null, broken: error instanceof Error ? error.message : String(error) };
  }
}

function fireAll(hooks: FiringDeps['hooks'], tx: Tx, firings: Firing[]): void {
  if (firings.length === 0) return;
  const messages = firings.map(({ reminder, body }) => ({
    to: reminder.agent,
    from: reminder.set_by,
    body,
    depth: reminder.depth,
  }));
  const firstMessage = hooks.enqueueReminders(tx, messages);
  const ids = firings.map(({ reminder }) => reminder.id);
  insertFirings(tx.db, { reminders: ids, firstMessage, at: tx.now });
  for (const [index, { reminder }] of firings.entries())
    tx.emit({ type: 'reminder.fired', agent: reminder.agent, reminder: reminder.id, message: firstMessage + index });
  const ended = firings.filter(({ next }) => next === null).map(({ reminder }) => reminder.id);
  if (ended.length > 0) endFired(tx.db, ended);
  for (const { reminder, next } of firings) if (next !== null) setNextDue(tx.db, { id: reminder.id, dueAt: next });
}
