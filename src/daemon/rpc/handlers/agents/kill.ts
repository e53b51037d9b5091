import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';

export const kill = handler(methods.kill, async ({ context, input }) => {
  await context.agents.kill(input.name);
  return {};
});
