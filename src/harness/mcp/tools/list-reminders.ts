import { excerpt } from '#src/lib/excerpt.ts';
import { methods } from '#src/protocol/methods/index.ts';
import type { Reminder } from '#src/protocol/methods/reminders.ts';
import { fitLines } from '../fit.ts';
import { callHive, lines, tool } from '../tool.ts';

const MOST = 200;
const LIST_BYTES = 14 * 1024;

export const listReminders = tool({
  name: 'list_reminders',
  description: [
    'List your reminders that are still to come, the next one first, with number, time and the beginning of the text.',
    'Use it before you set one that you may have set already, or when you were refused another one. Next: cancel_reminder for what you no longer need.',
  ].join(' '),
  input: {},
  hints: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  async run(_input, call) {
    const { output, note } = await callHive(call, methods.remindersList, { max: MOST });
    if (output.reminders.length === 0) return lines('(empty)', note, 'Set one with remind(message, in: "2h").');
    const { lines: shown, left } = fitLines(output.reminders.map(describe), LIST_BYTES);
    return lines(
      ...shown,
      left > 0 ? `(+${left} more: hive reminders, in a shell)` : null,
      note,
      'They wake you by themselves. Take one back with cancel_reminder(id).',
    );
  },
});

function describe({ id, due_at, cron, timezone, set_by, agent, message }: Reminder): string {
  const again = cron === null ? '' : `, again by "${cron}"${timezone === null ? '' : ` (${timezone})`}`;
  const by = set_by === agent ? '' : `, set by ${set_by}`;
  return `- reminder ${id}: ${new Date(due_at).toISOString()}${again}${by}: "${excerpt(message, 160)}"`;
}
