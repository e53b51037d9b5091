import { methods } from '#src/protocol/methods/index.ts';
import { sessionOf } from '../../require-session.ts';
import type { Handler } from '../../web.ts';

/** `POST /sign-out`: ends the session everywhere, its live connections too. */
export const postSignOut: Handler = (web) => async (_request, response) => {
  const session = sessionOf(response);
  await web.daemon.call(methods.signOut, {}, session);
  web.streams.endOf(session);
  web.cookies.clearSession(response);
  response.redirect(303, '/sign-in');
};
