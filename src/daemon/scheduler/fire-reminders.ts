import type { Tx } from '../db/index.ts';
import type { DueWork, SchedulerHooks } from './api.ts';
import { endReminder, findNextDue, insertFiring, listDue } from './reminder-store.ts';
import type { DueReminder } from './reminder-store.ts';

/** A reminder that fires this much after its due time says so. */
const LATE_MS = 60_000;

/** Reminders as due work: the message, the firing and the reminder's end are one transaction. */
export function reminderWork(hooks: Pick<SchedulerHooks, 'enqueue'>): DueWork {
  return {
    nextDue: findNextDue,
    fire(tx, max) {
      const due = listDue(tx.db, tx.now, max);
      for (const reminder of due) fire(hooks, tx, reminder);
      return due.length;
    },
  };
}

function fire(hooks: Pick<SchedulerHooks, 'enqueue'>, tx: Tx, reminder: DueReminder): void {
  const { id, agent, due_at: dueAt } = reminder;
  endReminder(tx.db, { id, state: reminder.there ? 'fired' : 'cancelled' });
  if (!reminder.there) return;
  const body = reminder.message + lateNote(dueAt, tx.now);
  const message = hooks.enqueue(tx, { to: agent, from: reminder.set_by, kind: 'reminder', body, wakes: true });
  insertFiring(tx.db, { reminder: id, dueAt, message, at: tx.now });
  tx.emit({ type: 'reminder.fired', agent, reminder: id, message });
}

function lateNote(dueAt: number, now: number): string {
  const late = now - dueAt;
  if (late < LATE_MS) return '';
  return `\n\n(late: this was due at ${new Date(dueAt).toISOString()}, ${Math.round(late / 60_000)} minutes ago)`;
}
