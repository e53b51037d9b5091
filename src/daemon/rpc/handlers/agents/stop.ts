import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';
import { scopedAgents } from '../../scope.ts';

export const stop = handler(methods.stop, async ({ context, input }) => {
  await context.agents.stop(scopedAgents(input.scope, context.agents), input.graceful);
  return {};
});
