import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';

export const destroy = handler(methods.destroy, async ({ context, input }) => {
  await context.agents.remove(input.name, { purge: input.purge, force: false });
  return {};
});
