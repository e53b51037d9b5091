import type { RequestHandler, Response } from 'express';
import { HiveError } from '#src/lib/errors.ts';
import type { Web } from './web.ts';

/** Lets through only requests with a session cookie; whether it is still good is the daemon's to say. Pages lead to the sign-in. */
export function requireSession(web: Web): RequestHandler {
  return (request, response, next) => {
    const session = web.cookies.session(request);
    if (session !== null) {
      response.locals.session = session;
      return next();
    }
    if (request.method === 'GET' && request.path !== '/events')
      return response.redirect(303, signInPath(request.originalUrl));
    next(new HiveError('forbidden', 'you are signed out: reload the page and sign in'));
  };
}

/** The session that {@link requireSession} found. */
export function sessionOf(response: Response): string {
  const { session } = response.locals;
  if (typeof session !== 'string') throw new HiveError('internal', 'this route forgot to ask for a session');
  return session;
}

/** Address of the sign-in page that leads back to `path` afterwards. */
export function signInPath(path: string): string {
  return path === '/' ? '/sign-in' : `/sign-in?${new URLSearchParams({ return_to: path }).toString()}`;
}
