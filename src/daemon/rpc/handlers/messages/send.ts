import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';
import { speaker } from '../../principal.ts';

export const send = handler(methods.send, ({ context, principal, input }) =>
  context.broker.send(speaker(principal), input),
);
