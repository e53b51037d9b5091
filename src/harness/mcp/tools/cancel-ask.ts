import { methods } from '#src/protocol/methods/index.ts';
import { number } from '../inputs.ts';
import { callHive, keyed, lines, tool } from '../tool.ts';

export const cancelAsk = tool({
  name: 'cancel_ask',
  description: [
    'Take back a question of your own that needs no answer any more; whoever was asked is told, and its thread is closed.',
    'Only open questions that you asked can be cancelled: list_asks has their numbers.',
  ].join(' '),
  input: { id: number.describe('number of the thread') },
  hints: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  async run(input, call) {
    const { output, note } = await callHive(call, methods.askCancel, { ...input, ...keyed(call) });
    return lines(`Thread ${output.id} is ${output.state}: no answer will come.`, note, 'Go on, or end your turn.');
  },
});
