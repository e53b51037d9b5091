import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';
import { callingAgent } from '../../principal.ts';

export const whoami = handler(methods.whoami, async ({ context, principal }) =>
  context.agents.whoami(callingAgent(principal)),
);
