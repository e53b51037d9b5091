import { HiveError } from '#src/lib/errors.ts';
import { excerpt } from '#src/lib/excerpt.ts';
import type { Output, Parsed } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import { once } from '../db/index.ts';
import type { Tx } from '../db/index.ts';
import type { SchedulerCore } from './core.ts';
import { endReminder, findReminder } from './reminder-store.ts';
import type { ReminderRow } from './reminder-store.ts';
import { EXCERPT } from './set-reminder.ts';

type Cancel = (typeof methods)['reminderCancel'];

/** Cancels a pending reminder of the caller's; the operator may cancel any. */
export function cancelReminder(core: SchedulerCore, by: string, input: Parsed<Cancel>): Promise<Output<Cancel>> {
  return core.writer.write(by, (tx) => once(tx, by, input.key, () => cancelIn(core, tx, by, input)));
}

function cancelIn(core: SchedulerCore, tx: Tx, by: string, input: Parsed<Cancel>): Output<Cancel> {
  core.hooks.findSpeaking(tx, by, input.turn);
  const { state, ...reminder } = own(tx, by, input.id);
  if (!endReminder(tx.db, { id: reminder.id, state: 'cancelled' }))
    throw new HiveError('conflict', `reminder ${reminder.id} has ${SAID[state]}: there is nothing to cancel`);
  tx.emit({ type: 'reminder.cancelled', agent: reminder.agent, reminder: reminder.id });
  const summary = `cancelled reminder ${reminder.id}: "${excerpt(reminder.message, EXCERPT)}"`;
  core.hooks.recordActIn(tx, by, { kind: 'cancel_reminder', summary });
  return reminder;
}

const SAID: Record<ReminderRow['state'], string> = {
  pending: 'not fired yet',
  fired: 'fired already',
  cancelled: 'been cancelled already',
};

function own(tx: Tx, by: string, id: number): ReminderRow {
  const row = findReminder(tx.db, id);
  if (!row)
    throw new HiveError(
      'not_found',
      `there is no reminder ${id}: list_reminders or \`hive reminders\` shows those there are`,
    );
  if (by !== 'operator' && row.agent !== by)
    throw new HiveError('forbidden', `reminder ${id} is not yours: only its agent and the operator may cancel it`);
  return row;
}
