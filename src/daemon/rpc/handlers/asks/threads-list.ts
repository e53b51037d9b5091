import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';

export const threadsList = handler(methods.threadsList, async ({ context, input }) => ({
  threads: context.broker.threads(input),
}));
