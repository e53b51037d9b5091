import { methods } from '#src/protocol/methods/index.ts';
import { agentView } from '../views/agent.ts';
import { conversations } from '../views/conversations.ts';
import { healthView } from '../views/health.ts';
import { needsView } from '../views/needs.ts';
import { threadView } from '../views/thread.ts';
import type { Page } from './page.ts';

const THREADS_SHOWN = 8;
const TALKS_SHOWN = 20;

/** `/`: does anything need me, and is everybody all right? */
export const overviewPage: Page = {
  path: '/',
  async load({ daemon, session, overview }) {
    const { messages } = await daemon.call(methods.inbox, { peek: true }, session);
    const { now } = overview;
    const agents = overview.agents.map((agent) => agentView(agent, overview.asks, now));
    return {
      title: 'Hive',
      section: 'hive',
      template: 'pages/overview',
      data: {},
      parts: [
        { name: 'needs', template: 'parts/needs', data: needsView(overview, agents, messages) },
        { name: 'agents', template: 'parts/agents', data: { agents } },
        {
          name: 'compose',
          template: 'parts/compose',
          data: { agents: agents.map((agent) => agent.person.name), to: '' },
        },
        {
          name: 'flow',
          template: 'parts/flow',
          data: { talks: conversations(overview.flow, now).slice(0, TALKS_SHOWN) },
        },
        {
          name: 'threads',
          template: 'parts/threads',
          data: { threads: overview.threads.slice(0, THREADS_SHOWN).map((thread) => threadView(thread, now)) },
        },
        { name: 'health', template: 'parts/health', data: healthView(overview) },
      ],
    };
  },
};
