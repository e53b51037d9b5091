import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';
import { callingAgent } from '../../principal.ts';

export const setStatus = handler(methods.setStatus, async ({ context, principal, input }) => {
  await context.agents.setStatus(callingAgent(principal), input.text);
  return {};
});
