import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';

export const setPaused = handler(methods.setPaused, async ({ context, input }) => {
  await context.agents.setPaused(input.name, input.paused);
  return {};
});
