import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';

export const agentsRemove = handler(methods.agentsRemove, ({ context, input }) =>
  context.agents.remove(input.name, input),
);
