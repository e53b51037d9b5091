import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';
import { callingSession } from '../../principal.ts';

export const next = handler(methods.next, ({ context, principal, input, signal }) =>
  context.broker.next(callingSession(principal), input.max, signal),
);
