import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';

export const agentsAdd = handler(methods.agentsAdd, ({ context, input }) => context.agents.add(input));
