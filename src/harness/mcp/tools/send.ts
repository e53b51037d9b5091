import { z } from 'zod';
import { methods } from '#src/protocol/methods/index.ts';
import { callHive, keyed, lines, tool } from '../tool.ts';

export const send = tool({
  name: 'send',
  description: [
    'Send a message to another agent, to "operator" (the person), or to "*" (every other agent; use it rarely).',
    'Use it to report, to hand over work, or to reply to a message. To ask something that needs an answer use ask instead.',
    'It returns at once and never waits for a reply: a reply arrives as a new message and starts a new turn for you.',
    'Bodies are at most 64 KiB: push longer texts as files to the forge and send their link.',
  ].join(' '),
  input: {
    to: z.string().describe('an agent\'s name, "operator", or "*"'),
    body: z.string().describe('the message'),
    in_reply_to: z.number().int().optional().describe('id (the number after #) of the message this replies to'),
  },
  hints: { idempotentHint: true },
  async run(input, call) {
    const { output, note } = await callHive(call, methods.send, { ...input, ...keyed(call) });
    const to = output.recipients.length === 1 ? input.to : `${input.to}: ${output.recipients.join(', ')}`;
    return lines(
      `Sent as #${output.id} to ${to}. It is stored safely; do not send it again.`,
      output.note,
      note,
      'A reply will come as a new message: do not wait for it, go on or end your turn.',
    );
  },
});
