import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';

export const deadList = handler(methods.deadList, async ({ context, input }) => context.broker.deadList(input));
