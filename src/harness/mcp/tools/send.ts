import { z } from 'zod';
import { methods } from '#src/protocol/methods/index.ts';
import { number, text } from '../inputs.ts';
import { callHive, keyed, lines, tool } from '../tool.ts';

export const send = tool({
  name: 'send',
  description: [
    'Send a message to another agent, to "manager", to "operator" (the person), or to "*" (every other agent; use it rarely).',
    'Use it to report, to hand over work, or to reply to a message. To ask something that needs an answer use ask instead.',
    'It returns the number of the message at once and never waits for a reply: a reply arrives as a new message and starts a new turn for you.',
    'Bodies are at most 64 KiB: push longer texts as files to the forge and send their link.',
  ].join(' '),
  input: {
    to: z.string().min(1).max(64).describe('an agent\'s name, "manager", "operator", or "*"'),
    body: text.describe('the message'),
    in_reply_to: number.optional().describe('the number after # of the message this replies to'),
  },
  hints: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  async run(input, call) {
    const { output, note } = await callHive(call, methods.send, { ...input, ...keyed(call) });
    const to = input.to === '*' ? `all ${output.recipients.length} other agents` : input.to;
    if (output.parked) return lines(`Stored as #${output.id}, but ${output.note ?? 'held back'}.`, note);
    return lines(
      `Sent as #${output.id} to ${to}. It is stored safely; do not send it again.`,
      output.note,
      note,
      'A reply will come as a new message: do not wait for it, go on or end your turn.',
    );
  },
});
