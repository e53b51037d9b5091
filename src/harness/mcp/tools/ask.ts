import { z } from 'zod';
import { parseSpan } from '#src/lib/span.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { spanText, text } from '../inputs.ts';
import { callHive, keyed, lines, tool } from '../tool.ts';

export const ask = tool({
  name: 'ask',
  description: [
    'Ask the operator (the person; the default) or another agent a question that needs an answer: a decision, a permission, missing facts.',
    'It opens a thread on the forge that everybody can read and returns at once. The answer arrives as a new message and starts a new turn;',
    'do what does not depend on it, then end your turn. Silence is never consent: with a deadline you are told when nobody answered.',
    'What you asked already is in list_asks; a question that is no longer needed goes away with cancel_ask.',
  ].join(' '),
  input: {
    question: text.describe('the question, with what one must know to answer it'),
    to: z.string().min(1).max(64).default('operator').describe('"operator" or an agent\'s name'),
    options: z
      .array(z.string().min(1).max(200))
      .min(2)
      .max(12)
      .optional()
      .describe('answers to choose from; others stay possible'),
    multi: z.boolean().default(false).describe('more than one option may be chosen'),
    deadline: spanText.optional().describe('how long until you are told that nobody answered, like 30m, 2h, 1d'),
  },
  hints: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  async run({ deadline, ...input }, call) {
    const until = deadline === undefined ? {} : { deadline_seconds: parseSpan(deadline) };
    const { output, note } = await callHive(call, methods.ask, { ...input, ...until, ...keyed(call) });
    return lines(
      `Asked ${input.to} as thread ${output.id}: ${output.thread}`,
      output.note,
      note,
      'The answer will come as a new message and wake you. Do not ask again and do not wait: do what does not depend on it, then end your turn.',
    );
  },
});
