import { z } from 'zod';
import { methods } from '#src/protocol/methods/index.ts';
import { callHive, keyed, lines, tool } from '../tool.ts';

export const setStatus = tool({
  name: 'set_status',
  description:
    'Say in one line what you are working on; people see it on the dashboard until you say another. Use it when you begin or finish something larger. An empty text clears it.',
  input: { text: z.string().max(200).describe('the line; empty clears it') },
  hints: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  async run(input, call) {
    const { note } = await callHive(call, methods.setStatus, { ...input, ...keyed(call) });
    return lines(input.text ? 'Your status is shown. Go on.' : 'Your status is cleared. Go on.', note);
  },
});
