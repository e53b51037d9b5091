import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';

export const parkedList = handler(methods.parkedList, async ({ context }) => ({ pairs: context.broker.parkedPairs() }));
