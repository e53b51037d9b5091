import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';
import { callingAgent } from '../../principal.ts';

export const share = handler(methods.share, async ({ context, principal, input }) => {
  const owner = callingAgent(principal);
  const { name } = context.agents.get(input.with);
  return { url: await context.forge.share(owner, input.repository, name, input.permission) };
});
