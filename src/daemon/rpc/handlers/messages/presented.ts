import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';
import { callingAgent } from '../../principal.ts';

export const presented = handler(methods.presented, async ({ context, principal, input }) => {
  await context.broker.presented(callingAgent(principal), input);
  return {};
});
