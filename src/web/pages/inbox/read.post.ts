import { methods } from '#src/protocol/methods/index.ts';
import { wantsFragment } from '../../render.ts';
import { sessionOf } from '../../require-session.ts';
import type { Handler } from '../../web.ts';

/** `POST /inbox/read`: the operator has read what waits in the inbox. */
export const postInboxRead: Handler = (web) => async (request, response) => {
  await web.daemon.call(methods.inbox, { peek: false }, sessionOf(response));
  if (wantsFragment(request)) return void response.status(204).end();
  response.redirect(303, '/');
};
