import { methods } from '#src/protocol/methods/index.ts';
import { localPath } from '../params.ts';
import type { Handler } from '../../web.ts';

/** `POST /sign-in`: begins a sign-in and sends the browser to the forge. */
export const postSignIn: Handler = (web) => async (request, response) => {
  const { return_to } = (request.body ?? {}) as Record<string, unknown>;
  const { url, flow } = await web.daemon.call(methods.signInBegin, { return_to: localPath(return_to) }, null);
  web.cookies.setFlow(response, flow);
  response.redirect(303, url);
};
