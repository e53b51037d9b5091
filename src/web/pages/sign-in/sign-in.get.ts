import { sendHtml } from '../../send.ts';
import { localPath } from '../params.ts';
import type { Handler } from '../../web.ts';

/** `GET /sign-in`: says who signs in and where the first password is. */
export const getSignIn: Handler = (web) => async (request, response) => {
  const { operator, passwordFile } = web.config;
  const data = { operator, passwordFile, returnTo: localPath(request.query.return_to), title: 'Sign in' };
  await sendHtml(request, response, web.render('pages/sign-in', data));
};
