import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';
import { callingSession } from '../../principal.ts';

export const mailWaiting = handler(methods.mailWaiting, async ({ context, principal, input }) =>
  context.broker.mailWaiting(callingSession(principal), input.turn),
);
