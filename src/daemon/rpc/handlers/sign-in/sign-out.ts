import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';

export const signOut = handler(methods.signOut, async ({ context, principal }) => {
  if (principal.kind === 'web' && principal.token !== null) await context.webSessions.end(principal.token);
  return {};
});
