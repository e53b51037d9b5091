import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';
import { speaker } from '../../principal.ts';

export const answer = handler(methods.answer, ({ context, principal, input }) =>
  context.broker.answer(speaker(principal), input),
);
