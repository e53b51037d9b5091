import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';

export const threadShow = handler(methods.threadShow, async ({ context, input }) => context.broker.thread(input.id));
