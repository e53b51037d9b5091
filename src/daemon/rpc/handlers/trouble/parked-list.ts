import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';

/** As many as an answer holds with their chains. */
const MOST = 100;

export const parkedList = handler(methods.parkedList, async ({ context }) => ({
  pairs: context.broker.parkedPairs(MOST),
}));
