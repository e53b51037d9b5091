import { sendHtml } from '../../send.ts';
import { securityHeaders } from '../../guards/headers.ts';
import { localPath } from '../params.ts';
import type { Handler } from '../../web.ts';

/** `GET /sign-in`: says who signs in and where the first password is. */
export const getSignIn: Handler = (web) => {
  // The form's redirect leads to the forge, which the browser checks against form-action.
  const headers = securityHeaders([web.config.forgeUrl]);
  return (request, response, next) => {
    const { operator, passwordFile, forgeUrl } = web.config;
    const data = { operator, passwordFile, forgeUrl, returnTo: localPath(request.query.return_to), title: 'Sign in' };
    headers(request, response, (error) => {
      if (error) return next(error);
      sendHtml(request, response, web.render('pages/sign-in', data)).catch(next);
    });
  };
};
