import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';
import { speaker } from '../../principal.ts';

export const ask = handler(methods.ask, ({ context, principal, input }) =>
  context.broker.ask(speaker(principal), input),
);
