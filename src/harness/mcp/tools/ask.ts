import { z } from 'zod';
import { methods } from '#src/protocol/methods/index.ts';
import { callHive, keyed, lines, tool } from '../tool.ts';

export const ask = tool({
  name: 'ask',
  description: [
    'Ask the operator (the person; the default) or another agent a question that needs an answer: a decision, a permission, missing facts.',
    'It opens a thread on the forge that everybody can read and returns at once. The answer arrives as a new message and starts a new turn;',
    'do what does not depend on it, then end your turn. Silence is never consent: with deadline_seconds you are told when nobody answered.',
  ].join(' '),
  input: {
    question: z.string().describe('the question, with what one must know to answer it'),
    to: z.string().default('operator').describe('"operator" or an agent\'s name'),
    options: z.array(z.string()).min(2).max(12).optional().describe('answers to choose from; others stay possible'),
    multi: z.boolean().default(false).describe('more than one option may be chosen'),
    deadline_seconds: z.number().min(1).optional().describe('after this long you are told that nobody answered'),
  },
  hints: { idempotentHint: true },
  async run(input, call) {
    const { output, note } = await callHive(call, methods.ask, { ...input, ...keyed(call) });
    return lines(
      `Asked ${input.to} as thread ${output.id}: ${output.thread}`,
      note,
      'The answer will come as a new message and wake you. Do not ask again and do not wait: do what does not depend on it, then end your turn.',
    );
  },
});
