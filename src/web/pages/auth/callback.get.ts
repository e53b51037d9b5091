import { HiveError } from '#src/lib/errors.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { localPath } from '../params.ts';
import type { Handler } from '../../web.ts';

const LONGEST_QUERY = 4096;

/** `GET /auth/callback`: the forge sends the browser back here; the daemon finishes the sign-in and answers a session. */
export const getCallback: Handler = (web) => async (request, response) => {
  const flow = web.cookies.flow(request);
  if (flow === null)
    throw new HiveError('forbidden', 'this sign-in is too old or began in another browser: begin again');
  const query = new URL(request.originalUrl, 'http://localhost').search.slice(1, LONGEST_QUERY);
  const { session, expires_at, return_to } = await web.daemon.call(methods.signInFinish, { flow, query }, null);
  web.cookies.clearFlow(response);
  web.cookies.setSession(response, session, expires_at);
  response.redirect(303, localPath(return_to));
};
