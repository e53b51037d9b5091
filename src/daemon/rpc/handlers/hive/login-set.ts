import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';

export const loginSet = handler(methods.loginSet, async ({ context, input }) => {
  await context.logins.set(input.provider, input.kind, input.value);
  await context.agents.loginChanged();
  return {};
});
