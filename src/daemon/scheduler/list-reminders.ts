import { shorten } from '#src/lib/shorten.ts';
import type { Parsed } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import type { Reminder } from '#src/protocol/methods/reminders.ts';
import type { Database } from '../db/index.ts';
import { listPending } from './reminder-store.ts';

/** Characters of a message shown: 200 of them fit a frame, whatever they are. */
const LIST_CHARACTERS = 500;

/** Pending reminders, the next one first, long messages cut. */
export function listReminders(db: Database, { agent, max }: Parsed<(typeof methods)['remindersList']>): Reminder[] {
  return listPending(db, agent ?? null, max).map(({ message, ...row }) => ({
    ...row,
    message: shorten(message, LIST_CHARACTERS),
  }));
}
