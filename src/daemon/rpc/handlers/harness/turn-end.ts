import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';
import { callingSession } from '../../principal.ts';

export const turnEnd = handler(methods.turnEnd, ({ context, principal, input }) =>
  context.broker.turnEnd(callingSession(principal), input),
);
