import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';

export const deadRetry = handler(methods.deadRetry, ({ context, input }) => context.broker.deadRetry(input));
