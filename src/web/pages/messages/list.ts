import { methods } from '#src/protocol/methods/index.ts';
import { agentNameProblem } from '#src/protocol/names.ts';
import { conversations } from '../../views/conversations.ts';
import type { Page } from '../page.ts';

const PAGE_SIZE = 60;

/** `/messages`: what was said, newest first; `?agent=` narrows it, `?before=` goes back in time. */
export const messagesPage: Page = {
  path: '/messages',
  async load({ daemon, session, query, overview }) {
    const asked = query.get('agent') ?? '';
    const agent = asked === '' || agentNameProblem(asked) ? undefined : asked;
    const before = /^[1-9]\d{0,14}$/.test(query.get('before') ?? '') ? Number(query.get('before')) : undefined;
    const { messages } = await daemon.call(methods.messages, { agent, before, max: PAGE_SIZE }, session);
    const oldest = messages.length === PAGE_SIZE ? Math.min(...messages.map((message) => message.id)) : null;
    return {
      title: agent ? `Messages of ${agent}` : 'Messages',
      section: 'messages',
      template: 'pages/messages',
      data: { agent: agent ?? '', agents: overview.agents.map((row) => row.name) },
      parts: [
        {
          name: 'flow',
          template: 'parts/flow',
          data: {
            talks: conversations(messages, overview.now),
            older:
              oldest === null
                ? null
                : `/messages?${new URLSearchParams({ ...(agent && { agent }), before: String(oldest) }).toString()}`,
          },
        },
      ],
    };
  },
};
