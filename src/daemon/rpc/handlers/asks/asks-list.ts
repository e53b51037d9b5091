import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';
import { speaker } from '../../principal.ts';

export const asksList = handler(methods.asksList, async ({ context, principal, input }) =>
  context.broker.asksOf(speaker(principal), input.max),
);
