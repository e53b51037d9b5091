import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';

export const shutdown = handler(methods.shutdown, async ({ context, input }) => {
  setImmediate(() => context.shutdown(input.containers));
  return { pid: process.pid };
});
