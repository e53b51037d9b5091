import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';

export const signInFinish = handler(methods.signInFinish, async ({ context, input }) => {
  const person = await context.forge.signInFinish(input.flow, input.query);
  const session = await context.webSessions.create(person.subject, person.name);
  return { session: session.token, expires_at: session.expiresAt, return_to: person.returnTo };
});
