import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';
import { callingAgent } from '../../principal.ts';

export const turnMessages = handler(methods.turnMessages, async ({ context, principal, input }) => ({
  messages: context.broker.turnMessages(callingAgent(principal), input.turn),
}));
