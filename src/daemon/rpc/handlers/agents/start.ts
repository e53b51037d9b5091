import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';
import { scopedAgents } from '../../scope.ts';

export const start = handler(methods.start, async ({ context, input }) => {
  await context.agents.start(scopedAgents(input.scope, context.agents));
  return {};
});
