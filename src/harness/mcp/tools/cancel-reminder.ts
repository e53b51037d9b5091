import { excerpt } from '#src/lib/excerpt.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { number } from '../inputs.ts';
import { callHive, keyed, lines, tool } from '../tool.ts';

export const cancelReminder = tool({
  name: 'cancel_reminder',
  description:
    'Take back a reminder of your own that has not fired yet, or end a schedule that you set with cron. list_reminders has the numbers; you are told what it was.',
  input: { id: number.describe('number of the reminder') },
  hints: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  async run(input, call) {
    const { output, note } = await callHive(call, methods.reminderCancel, { ...input, ...keyed(call) });
    const was = output.cron === null ? new Date(output.due_at).toISOString() : `"${output.cron}"`;
    return lines(
      `Reminder ${output.id} (${was}) is cancelled: "${excerpt(output.message, 160)}"`,
      note,
      'It will not wake you. Go on, or end your turn.',
    );
  },
});
