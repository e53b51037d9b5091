import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';

export const signInBegin = handler(methods.signInBegin, ({ context, input }) =>
  context.forge.signInBegin(input.return_to),
);
