import type { NextFunction, Request, Response } from 'express';
import { HiveError } from '#src/lib/errors.ts';

const READING = new Set(['GET', 'HEAD']);

/**
 * Refuses every changing request that another page could have caused: `Sec-Fetch-Site` must say same-origin (or none, typed by the person);
 * where a browser sends none, `Origin` must be the dashboard's own. No header at all is refused as well.
 */
export function originGuard(port: number): (request: Request, response: Response, next: NextFunction) => void {
  const own = `http://localhost:${port}`;
  return (request, _response, next) => {
    if (READING.has(request.method) || isOwn(request, own)) return next();
    next(
      new HiveError(
        'forbidden',
        'this request did not come from the dashboard itself: open the page and try again there',
      ),
    );
  };
}

function isOwn(request: Request, own: string): boolean {
  const site = request.headers['sec-fetch-site'];
  const origin = request.headers.origin;
  if (origin !== undefined && origin !== own) return false;
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  return origin === own;
}
