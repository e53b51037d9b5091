import { methods } from '#src/protocol/methods/index.ts';
import { threadView } from '../../views/thread.ts';
import type { Page } from '../page.ts';

/** `/threads`: every ask, open ones first. */
export const threadsPage: Page = {
  path: '/threads',
  async load({ daemon, session, overview }) {
    const { threads } = await daemon.call(methods.threadsList, { max: 200 }, session);
    const views = threads.map((thread) => threadView(thread, overview.now));
    const open = views.filter((thread) => thread.open);
    return {
      title: 'Threads',
      section: 'threads',
      template: 'pages/threads',
      data: { forgeUrl: `${overview.urls.forge}/org-shared/threads/issues` },
      parts: [
        { name: 'open-threads', template: 'parts/thread-list', data: { threads: open, empty: 'No open asks.' } },
        {
          name: 'closed-threads',
          template: 'parts/thread-list',
          data: { threads: views.filter((thread) => !thread.open), empty: 'Nothing was asked and answered yet.' },
        },
      ],
    };
  },
};
