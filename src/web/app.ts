import express from 'express';
import type { Express } from 'express';
import { HiveError } from '#src/lib/errors.ts';
import type { Assets } from './assets.ts';
import { errorHandler } from './errors.ts';
import { securityHeaders } from './guards/headers.ts';
import { hostGuard } from './guards/host.ts';
import { originGuard } from './guards/origin.ts';
import { addRoutes } from './routes.ts';
import type { Web } from './web.ts';

const LARGEST_FORM = '128kb';

/** The dashboard: guards before everything, then files, forms and pages, and every error in one place. */
export function createApp(web: Web, assets: Assets, log: (error: HiveError, path: string) => void): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.use(hostGuard(web.config.port));
  app.use(securityHeaders());
  app.use(originGuard(web.config.port));
  app.use(assets.router);
  app.use(express.urlencoded({ extended: false, limit: LARGEST_FORM }));
  addRoutes(app, web);
  app.use((request, _response, next) =>
    next(new HiveError('not_found', `there is no page ${request.path.slice(0, 200)}`)),
  );
  app.use(errorHandler(web, log));
  return app;
}
