import { join } from 'node:path';
import type { Server } from 'node:http';
import { createApp } from './app.ts';
import { loadAssets } from './assets.ts';
import type { WebConfig } from './config.ts';
import { openDaemon } from './daemon.ts';
import { openStreams } from './live/open-streams.ts';
import { openTemplates } from './render.ts';
import { serve } from './serve.ts';
import { hiveCookies } from './session.ts';
import type { Web } from './web.ts';

const INSTALL = join(import.meta.dirname, '../..');
const TEMPLATES = join(INSTALL, 'templates/dashboard');
/** The first descriptor after standard input, output and error. */
const FIRST_LISTENER = 3;

/** Starts the dashboard on the listening sockets that were handed over; disposing ends every connection. */
export async function startWeb(config: WebConfig, log: (line: object) => void): Promise<AsyncDisposable> {
  const assets = await loadAssets(join(TEMPLATES, 'assets'), join(INSTALL, 'node_modules'));
  const daemon = openDaemon(config.socket);
  const streams = openStreams();
  const web: Web = {
    config,
    daemon,
    streams,
    cookies: hiveCookies(config),
    render: openTemplates(TEMPLATES, assets.address),
  };
  const app = createApp(web, assets, (error, path) =>
    log({ msg: 'request failed', path, error: error.stack ?? error.message }),
  );
  const servers: Server[] = [];
  for (let index = 0; index < config.listeners; index++) servers.push(await serve(app, { fd: FIRST_LISTENER + index }));
  return {
    async [Symbol.asyncDispose]() {
      streams.endAll();
      await Promise.all(servers.map((server) => closeServer(server)));
      await daemon[Symbol.asyncDispose]();
    },
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
