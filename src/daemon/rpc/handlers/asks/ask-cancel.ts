import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';
import { speaker } from '../../principal.ts';

export const askCancel = handler(methods.askCancel, ({ context, principal, input }) =>
  context.broker.cancelAsk(speaker(principal), input),
);
