import { methods } from '#src/protocol/methods/index.ts';
import { messageView } from '../../views/message.ts';
import { threadView } from '../../views/thread.ts';
import { numbered } from '../params.ts';
import type { Page } from '../page.ts';

/** `/threads/:id`: one ask with everything that was said in it. The address uses the ask's id, never the number. */
export const threadPage: Page = {
  path: '/threads/:id',
  async load({ daemon, session, params, overview }) {
    const id = numbered(params.id, 'thread');
    const { thread, messages } = await daemon.call(methods.threadShow, { id }, session);
    const { now } = overview;
    const view = threadView(thread, now, { whole: true });
    // The question and its answer are shown by the thread itself.
    const said = messages.filter((message) => message.kind !== 'ask' && message.kind !== 'answer');
    return {
      title: view.title,
      section: 'threads',
      template: 'pages/thread',
      data: {},
      parts: [
        { name: 'thread', template: 'parts/thread', data: { thread: view } },
        { name: 'said', template: 'parts/said', data: { messages: said.map((message) => messageView(message, now)) } },
      ],
    };
  },
};
