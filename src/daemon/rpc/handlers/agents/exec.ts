import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';

export const exec = handler(methods.exec, async ({ context, input, push, signal }) => ({
  exec: await context.agents.exec(input, push, signal),
}));
