import type { Express } from 'express';
import { securityHeaders } from './guards/headers.ts';
import { getEvents } from './live/events.get.ts';
import { postPause } from './pages/agents/pause.post.ts';
import { postResume } from './pages/agents/resume.post.ts';
import { getCallback } from './pages/auth/callback.get.ts';
import { postDismiss } from './pages/dead/dismiss.post.ts';
import { postRetry } from './pages/dead/retry.post.ts';
import { postInboxRead } from './pages/inbox/read.post.ts';
import { PAGES } from './pages/list.ts';
import { postMessage } from './pages/messages/send.post.ts';
import { postRelease } from './pages/parked/release.post.ts';
import { getPalette } from './pages/palette.get.ts';
import { showPage } from './pages/show.ts';
import { getSignIn } from './pages/sign-in/sign-in.get.ts';
import { postSignIn } from './pages/sign-in/sign-in.post.ts';
import { postSignOut } from './pages/sign-in/sign-out.post.ts';
import { postAnswer } from './pages/threads/answer.post.ts';
import { requireSession } from './require-session.ts';
import type { Handler, Web } from './web.ts';

const ACTIONS: [path: string, handler: Handler][] = [
  ['/agents/:name/pause', postPause],
  ['/agents/:name/resume', postResume],
  ['/threads/:id/answer', postAnswer],
  ['/messages', postMessage],
  ['/inbox/read', postInboxRead],
  ['/dead/retry', postRetry],
  ['/dead/dismiss', postDismiss],
  ['/parked/release', postRelease],
  ['/sign-out', postSignOut],
];

/** Every address of the dashboard. */
export function addRoutes(app: Express, web: Web): void {
  // The form's redirect leads to the forge, which browsers check against form-action.
  app.get('/sign-in', securityHeaders([web.config.forgeUrl]), getSignIn(web));
  app.post('/sign-in', postSignIn(web));
  app.get('/auth/callback', getCallback(web));

  const signedIn = requireSession(web);
  for (const page of PAGES) app.get(page.path, signedIn, showPage(page)(web));
  for (const [path, handler] of ACTIONS) app.post(path, signedIn, handler(web));
  app.get('/palette', signedIn, getPalette(web));
  app.get('/events', signedIn, getEvents(web));
}
