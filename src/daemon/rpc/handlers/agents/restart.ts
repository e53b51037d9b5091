import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';

export const restart = handler(methods.restart, async ({ context, input }) => {
  await context.agents.restart(input.name);
  return {};
});
