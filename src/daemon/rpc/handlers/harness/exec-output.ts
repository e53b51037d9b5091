import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';
import { callingAgent } from '../../principal.ts';

export const execOutput = handler(methods.execOutput, async ({ context, principal, input }) => {
  context.agents.execOutput(callingAgent(principal), input);
  return {};
});
