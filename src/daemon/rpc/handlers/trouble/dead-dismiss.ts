import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';

export const deadDismiss = handler(methods.deadDismiss, ({ context, input }) => context.broker.deadDismiss(input));
