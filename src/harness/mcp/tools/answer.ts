import { z } from 'zod';
import { methods } from '#src/protocol/methods/index.ts';
import { callHive, keyed, lines, tool } from '../tool.ts';

export const answer = tool({
  name: 'answer',
  description: [
    'Answer a question that was asked of you (a message of kind "ask" names its thread). The first answer counts and closes the thread;',
    'when somebody was faster you are told who and what. For a remark that is no answer use send with in_reply_to.',
  ].join(' '),
  input: {
    id: z.number().int().describe('number of the thread'),
    text: z.string().describe('the answer; name the chosen option when there were options'),
  },
  hints: { idempotentHint: true },
  async run(input, call) {
    const { output, note } = await callHive(call, methods.answer, { ...input, ...keyed(call) });
    if (output.accepted) return lines(`Thread ${output.id} is answered and closed. Nothing more to do for it.`, note);
    const by = output.answered_by ? ` by ${output.answered_by}: ${output.answer ?? ''}` : '';
    return lines(
      `Your answer was not taken: thread ${output.id} is already ${output.state}${by}. Go on with that.`,
      note,
    );
  },
});
