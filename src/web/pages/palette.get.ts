import { methods } from '#src/protocol/methods/index.ts';
import { sendHtml } from '../send.ts';
import { sessionOf } from '../require-session.ts';
import { personView } from '../views/person.ts';
import { threadView } from '../views/thread.ts';
import type { Handler } from '../web.ts';

/** `GET /palette`: everything one can jump to, as a fragment; the browser's script filters it. */
export const getPalette: Handler = (web) => async (request, response) => {
  const overview = await web.daemon.call(methods.overview, {}, sessionOf(response));
  const agents = overview.agents.map((agent) => ({ ...personView(agent.name), role: agent.role }));
  const threads = overview.threads.map((thread) => threadView(thread, overview.now));
  await sendHtml(request, response, web.render('parts/palette', { agents, threads, forgeUrl: overview.urls.forge }));
};
