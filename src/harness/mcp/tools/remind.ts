import { z } from 'zod';
import { HiveError } from '#src/lib/errors.ts';
import { parseSpan } from '#src/lib/span.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { spanText, text } from '../inputs.ts';
import { callHive, keyed, lines, tool } from '../tool.ts';

export const remind = tool({
  name: 'remind',
  description: [
    'Set a reminder for yourself: the text comes back as a message at the time you say and starts a turn. Use it instead of waiting or sleeping',
    '(to check a build later, to follow up on an ask), or with cron for what you do again and again. Say exactly one of in, at and cron.',
    'It survives restarts. Write the text so that you understand it without this turn. You get its number: cancel_reminder ends it, list_reminders shows all.',
  ].join(' '),
  input: {
    message: text.describe('what to be reminded of'),
    in: spanText.optional().describe('how long from now: 90s, 15m, 2h, 3d, 1h30m'),
    at: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .describe('when: a date and time like 2026-12-01T09:00, or with an offset, 2026-12-01T09:00Z'),
    cron: z
      .string()
      .min(1)
      .max(120)
      .optional()
      .describe('again and again: five fields "minute hour day month weekday", like "0 9 * * 1-5"'),
    timezone: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .describe('IANA name for at and cron, like Europe/Berlin; else the zone of the host'),
  },
  hints: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  async run({ in: delay, ...input }, call) {
    const said = [delay, input.at, input.cron].filter((when) => when !== undefined).length;
    if (said !== 1)
      throw new HiveError(
        'invalid',
        `say exactly one of in, at and cron (you said ${said === 0 ? 'none' : said}), like remind(message, in: "2h")`,
      );
    const when = delay === undefined ? {} : { delay_seconds: parseSpan(delay) };
    const { output, note } = await callHive(call, methods.remind, { ...input, ...when, ...keyed(call) });
    const zone = output.timezone === null ? '' : ` (${output.timezone})`;
    const again = output.cron === null ? '' : `, then again by "${output.cron}"${zone}`;
    return lines(
      `Reminder ${output.id} is set for ${new Date(output.due_at).toISOString()}${again}.`,
      note,
      `It wakes you by itself: go on or end your turn. To take it back: cancel_reminder(id: ${output.id}).`,
    );
  },
});
