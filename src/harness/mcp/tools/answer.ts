import { methods } from '#src/protocol/methods/index.ts';
import { clip } from '../fit.ts';
import { number, text } from '../inputs.ts';
import { callHive, keyed, lines, tool } from '../tool.ts';

/** Shown of an answer that came first. */
const ANSWER_BYTES = 8 * 1024;

export const answer = tool({
  name: 'answer',
  description: [
    'Answer a question that was asked of you (a message of kind "ask" names its thread; list_asks has all that wait for you).',
    'The first answer counts and closes the thread; when somebody was faster you are told who and what.',
    'For a remark that is no answer use send with in_reply_to.',
  ].join(' '),
  input: {
    id: number.describe('number of the thread'),
    text: text.describe('the answer; name the chosen option when there were options'),
  },
  hints: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  async run(input, call) {
    const { output, note } = await callHive(call, methods.answer, { ...input, ...keyed(call) });
    const done = `Thread ${output.id} is answered and closed. Nothing more to do for it.`;
    if (output.accepted) return lines(done, output.note && `The message that tells it is ${output.note}.`, note);
    const by = output.answered_by ? ` by ${output.answered_by}: ${clip(output.answer ?? '', ANSWER_BYTES)}` : '';
    return lines(
      `Your answer was not taken: thread ${output.id} is already ${output.state}${by}`,
      note,
      `Go on with that; all of it: hive threads show ${output.id} (in a shell).`,
    );
  },
});
