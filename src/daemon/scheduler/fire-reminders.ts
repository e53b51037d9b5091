import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import type { Tx } from '../db/index.ts';
import type { DueWork, SchedulerHooks } from './api.ts';
import { passTimes } from './cron.ts';
import type { CronTimes } from './cron.ts';
import { lateNote } from './late-note.ts';
import { endFired, endReminder, findNextDue, insertFirings, listDue, readDue, setNextDue } from './reminder-store.ts';
import type { DueReminder } from './reminder-store.ts';

/** Missed times of a schedule that are counted. */
const MOST_COUNTED = 100;
/** Reckoning times in zones takes 50 µs each: a batch that has done so for this long ends early. */
const RECKON_MS = 5;

/**
 * So many that are due first fire agent by agent: a batch then touches few of the pages that hold one agent's queue, pending reminders and firings. With more of
 * them it would touch more of the pages that hold the reminders.
 */
const AHEAD = 2048;

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
  /** What is due next, in this order. Only where to look: whether it still is due is read again. */
  let ahead: number[] = [];
  return {
    nextDue: findNextDue,
    fire(tx, max) {
      const { due, rest } = takeDue(tx, ahead, max);
      const gone = due.filter(({ there }) => !there);
      for (const reminder of gone) cancel(tx, reminder);
      const firings = reckon(deps, tx, due);
      fireAll(deps.hooks, tx, firings);
      const done = gone.length + firings.length;
      tx.afterCommit(() => (ahead = done < due.length ? [] : rest));
      return done;
    },
  };
}

/** The next due ones of `ahead`, or else of what is due now, and what follows them. */
function takeDue(tx: Tx, ahead: number[], max: number): { due: DueReminder[]; rest: number[] } {
  const due = ahead.length > 0 ? readDue(tx.db, tx.now, ahead.slice(0, max)) : [];
  if (due.length > 0) return { due, rest: ahead.slice(max) };
  const fresh = lookAhead(tx, Math.max(AHEAD, max));
  return { due: readDue(tx.db, tx.now, fresh.slice(0, max)), rest: fresh.slice(max) };
}

/** What is due first, agent by agent, in the order of the due times of each. */
function lookAhead(tx: Tx, max: number): number[] {
  const agents = Map.groupBy(listDue(tx.db, tx.now, max), ({ agent }) => agent);
  return [...agents.values()].flat().map(({ id }) => id);
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
