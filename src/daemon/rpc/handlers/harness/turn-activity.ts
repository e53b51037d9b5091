import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';
import { callingSession } from '../../principal.ts';

export const turnActivity = handler(methods.turnActivity, ({ context, principal, input }) =>
  context.broker.turnActivity(callingSession(principal), input),
);
