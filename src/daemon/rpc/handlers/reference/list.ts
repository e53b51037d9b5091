import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';

export const list = handler(methods.list, async ({ context }) => ({
  agents: context.agents.all().map(({ name }) => name),
}));
