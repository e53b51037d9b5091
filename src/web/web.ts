import type { RequestHandler } from 'express';
import type { WebConfig } from './config.ts';
import type { Daemon } from './daemon.ts';
import type { OpenStreams } from './live/open-streams.ts';
import type { Render } from './render.ts';
import type { Cookies } from './session.ts';

/** What every handler of the web process works with. */
export interface Web {
  config: WebConfig;
  daemon: Daemon;
  cookies: Cookies;
  render: Render;
  streams: OpenStreams;
}

/** One handler, made for a web process. */
export type Handler = (web: Web) => RequestHandler;
