import type { NextFunction, Request, Response } from 'express';

/**
 * Lets through only requests for the dashboard's one address, before anything else looks at them: a page that rebinds its own name to
 * 127.0.0.1 still sends its own name (FACTS/faults-and-attacks S1, S2). A missing or a second Host header is refused too.
 */
export function hostGuard(port: number): (request: Request, response: Response, next: NextFunction) => void {
  const allowed = `localhost:${port}`;
  return (request, response, next) => {
    const hosts = request.headersDistinct.host ?? [];
    if (hosts.length === 1 && hosts[0]?.toLowerCase() === allowed) return next();
    response.status(403).type('text').send(`This is a hive's dashboard. It answers only to http://${allowed}\n`);
  };
}
