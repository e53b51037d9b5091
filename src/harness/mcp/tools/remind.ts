import { z } from 'zod';
import { methods } from '#src/protocol/methods/index.ts';
import { callHive, keyed, lines, tool } from '../tool.ts';

export const remind = tool({
  name: 'remind',
  description: [
    'Set a reminder for yourself: the text comes back as a message after the delay and starts a turn. Use it instead of waiting or sleeping',
    '(to check a build later, to follow up on an ask). It survives restarts. Write the text so that you understand it without this turn.',
  ].join(' '),
  input: {
    message: z.string().describe('what to be reminded of'),
    delay_seconds: z.number().min(0).describe('seconds from now'),
  },
  hints: { idempotentHint: true },
  async run(input, call) {
    const { output, note } = await callHive(call, methods.remind, { ...input, ...keyed(call) });
    const due = new Date(output.due_at).toISOString();
    return lines(`Reminder ${output.id} is set for ${due}.`, note, 'It wakes you by itself: go on or end your turn.');
  },
});
