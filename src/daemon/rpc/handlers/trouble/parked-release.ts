import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';

export const parkedRelease = handler(methods.parkedRelease, ({ context, input }) =>
  context.broker.releasePair(input.id),
);
