import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';

export const messages = handler(methods.messages, async ({ context, input }) => ({
  messages: context.broker.messages(input),
}));
