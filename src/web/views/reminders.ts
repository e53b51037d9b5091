import { plural } from '#src/lib/plural.ts';
import type { Reminder, ReminderCounts } from '#src/protocol/methods/reminders.ts';
import { oneLine } from './text.ts';
import { timeView } from './time.ts';
import type { TimeView } from './time.ts';

/** What an agent is to be reminded of, and what became of what fired. */
export interface RemindersView {
  pending: ReminderView[];
  /** Pending ones that are not shown. */
  more: number;
  /** The last 24 hours in words. */
  day: string;
}

interface ReminderView {
  id: number;
  text: string;
  due: TimeView;
  /** When it fires again; null = once. */
  again: string | null;
  /** Who set it, when it was not the agent. */
  by: string | null;
}

/** An agent's reminders; `total` = pending ones, of which `reminders` are the next. */
export function remindersView(
  reminders: readonly Reminder[],
  { total, counts, now }: { total: number; counts: ReminderCounts; now: number },
): RemindersView {
  return {
    pending: reminders.map((reminder) => ({
      id: reminder.id,
      text: oneLine(reminder.message, 160),
      due: timeView(reminder.due_at, now),
      again: reminder.cron === null ? null : `${reminder.cron} (${reminder.timezone})`,
      by: reminder.set_by === reminder.agent ? null : reminder.set_by,
    })),
    more: Math.max(0, total - reminders.length),
    day: dayText(counts),
  };
}

function dayText({ fired, attempts, delivered }: ReminderCounts): string {
  if (fired === 0) return 'None fired in the last 24 hours.';
  const tries = attempts === delivered ? '' : ` in ${plural(attempts, 'attempt')}`;
  return `${fired} fired in the last 24 hours, ${delivered} delivered${tries}.`;
}
