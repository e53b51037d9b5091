import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';

export const inbox = handler(methods.inbox, ({ context, input }) => context.broker.inbox(input));
