import { methods } from '#src/protocol/methods/index.ts';
import { sendHtml } from '../send.ts';
import { sessionOf } from '../require-session.ts';
import type { RenderedPart } from '../live/live-view.ts';
import type { Handler, Web } from '../web.ts';
import type { Loaded, Look, Page } from './page.ts';

/** A page with the frame around it: what every page of the dashboard shows. */
export interface Framed {
  page: Loaded;
  frame: { waiting: number; forge: string; forgeUrl: string };
  seq: number;
}

/** Loads a page, for its address or for a live change of it. */
export async function loadPage(web: Web, page: Page, look: Omit<Look, 'overview' | 'daemon'>): Promise<Framed> {
  const overview = await web.daemon.call(methods.overview, {}, look.session);
  const loaded = await page.load({ ...look, daemon: web.daemon, overview });
  const frame = {
    waiting: overview.asks.length,
    forge: overview.forge.state,
    forgeUrl: overview.urls.forge,
  };
  return { page: loaded, frame, seq: overview.seq };
}

/** The parts of a page as they are sent live, the frame's own first. */
export function renderParts(web: Web, { page, frame }: Framed): RenderedPart[] {
  const frameParts = [{ name: 'frame', template: 'parts/frame-state', data: frame }];
  return [...frameParts, ...page.parts].map(({ name, template, data }) => ({ name, html: web.render(template, data) }));
}

/** Answers a page's address with the whole page. */
export const showPage =
  (page: Page): Handler =>
  (web) =>
  async (request, response) => {
    const query = new URL(request.originalUrl, 'http://localhost').searchParams;
    const params = request.params as Record<string, string>;
    const framed = await loadPage(web, page, { session: sessionOf(response), params, query });
    const parts = Object.fromEntries(renderParts(web, framed).map((part) => [part.name, part.html]));
    const { title, section, template, data } = framed.page;
    const events = `/events?${new URLSearchParams({ view: request.originalUrl, after: String(framed.seq) }).toString()}`;
    const back = request.originalUrl;
    await sendHtml(
      request,
      response,
      web.render(template, { ...data, title, section, parts, frame: framed.frame, events, back }),
    );
  };
