import type { Express } from 'express';
import { HiveError } from '#src/lib/errors.ts';
import { getEvents } from '../live/events.get.ts';
import { requireSession } from '../require-session.ts';
import type { Handler, Web } from '../web.ts';
import { agentPage } from './agents/agent.ts';
import { postPause } from './agents/pause.post.ts';
import { postResume } from './agents/resume.post.ts';
import { getCallback } from './auth/callback.get.ts';
import { postInboxRead } from './inbox/read.post.ts';
import { messagesPage } from './messages/list.ts';
import { messagePage } from './messages/message.ts';
import { postMessage } from './messages/send.post.ts';
import { overviewPage } from './overview.ts';
import type { Look, Page } from './page.ts';
import { getPalette } from './palette.get.ts';
import { showPage } from './show.ts';
import { getSignIn } from './sign-in/sign-in.get.ts';
import { postSignIn } from './sign-in/sign-in.post.ts';
import { postSignOut } from './sign-in/sign-out.post.ts';
import { postAnswer } from './threads/answer.post.ts';
import { threadsPage } from './threads/list.ts';
import { threadPage } from './threads/thread.ts';

const PAGES: Page[] = [overviewPage, agentPage, threadsPage, threadPage, messagesPage, messagePage];

const ACTIONS: [path: string, handler: Handler][] = [
  ['/agents/:name/pause', postPause],
  ['/agents/:name/resume', postResume],
  ['/threads/:id/answer', postAnswer],
  ['/messages', postMessage],
  ['/inbox/read', postInboxRead],
  ['/sign-out', postSignOut],
];

/** Every address of the dashboard. */
export function addRoutes(app: Express, web: Web): void {
  app.get('/sign-in', getSignIn(web));
  app.post('/sign-in', postSignIn(web));
  app.get('/auth/callback', getCallback(web));

  const signedIn = requireSession(web);
  for (const page of PAGES) app.get(page.path, signedIn, showPage(page)(web));
  for (const [path, handler] of ACTIONS) app.post(path, signedIn, handler(web));
  app.get('/palette', signedIn, getPalette(web));
  app.get('/events', signedIn, getEvents(web));
}

/** The page at a path of the dashboard, for its live changes; throws `not_found`. */
export function findPage(address: string): { page: Page; look: Pick<Look, 'params' | 'query'> } {
  const url = new URL(address, 'http://localhost');
  for (const page of PAGES) {
    const match = new URLPattern({ pathname: page.path }).exec({ pathname: url.pathname });
    if (match) return { page, look: { params: match.pathname.groups, query: url.searchParams } };
  }
  throw new HiveError('not_found', 'there is no page to follow at this address');
}
