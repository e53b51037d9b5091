import type { ErrorRequestHandler } from 'express';
import { HiveError, toHiveError } from '#src/lib/errors.ts';
import type { ErrorCode } from '#src/lib/errors.ts';
import { wantsFragment } from './render.ts';
import { sendHtml } from './send.ts';
import { signInPath } from './require-session.ts';
import type { Web } from './web.ts';

const STATUS: Record<ErrorCode, number> = {
  not_found: 404,
  conflict: 409,
  invalid: 400,
  forbidden: 403,
  unavailable: 503,
  limited: 429,
  internal: 500,
};
const TITLES: Record<ErrorCode, string> = {
  not_found: 'Nothing here',
  conflict: 'Too late',
  invalid: 'That did not work',
  forbidden: 'Not allowed',
  unavailable: 'The hive is not reachable',
  limited: 'Too much at once',
  internal: 'Something broke',
};

/** Maps every error once: to a page, to the place in a form where errors appear, or to a bare status for event streams. */
export function errorHandler(web: Web, log: (error: HiveError, path: string) => void): ErrorRequestHandler {
  return async (thrown: unknown, request, response, _next) => {
    const error = httpError(thrown);
    if (error.code === 'internal') log(error, request.path);
    if (response.headersSent) return void response.destroy();
    const status = STATUS[error.code];
    response.status(status).set('Cache-Control', 'no-store');
    if (request.path === '/events') return void response.type('text').send(`${error.message}\n`);
    if (wantsFragment(request)) {
      response.set('HX-Retarget', 'find .form-error').set('HX-Reswap', 'innerHTML');
      return void response.type('html').send(web.render('parts/form-error', { message: message(error) }));
    }
    if (error.code === 'forbidden' && request.method === 'GET' && request.path !== '/auth/callback') {
      web.cookies.clearSession(response);
      return response.redirect(303, signInPath(request.originalUrl));
    }
    const signedIn = web.cookies.session(request) !== null;
    const page = {
      title: TITLES[error.code],
      message: message(error),
      ...(signedIn && { forgeUrl: web.config.forgeUrl }),
    };
    await sendHtml(request, response, web.render('pages/error', page));
  };
}

function message(error: HiveError): string {
  return error.code === 'internal'
    ? 'The dashboard could not do this. Its log has the details: hive logs web'
    : error.message;
}

/** Express's own errors carry a status: a body too large, an address that is not well formed. */
function httpError(thrown: unknown): HiveError {
  const error = toHiveError(thrown);
  const { status } = Object(thrown) as { status?: unknown };
  if (error.code !== 'internal' || typeof status !== 'number' || status >= 500) return error;
  return new HiveError(status === 404 ? 'not_found' : 'invalid', error.message, { cause: thrown });
}
