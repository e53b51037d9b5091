import { methods } from '#src/protocol/methods/index.ts';
import { agentNameProblem } from '#src/protocol/names.ts';
import { conversations, oneByOne } from '../../views/conversations.ts';
import type { Page } from '../page.ts';

const PAGE_SIZE = 60;
/** Longest search that the daemon takes. */
const SEARCH_CHARACTERS = 200;

/** What the address asks for. */
interface Asked {
  agent: string | undefined;
  search: string | undefined;
  before: number | undefined;
}

/** `/messages`: what was said, newest first; `?agent=` and `?search=` narrow it, `?before=` goes back in time. */
export const messagesPage: Page = {
  path: '/messages',
  async load({ daemon, session, query, overview }) {
    const asked = readAsked(query);
    const { agent, search } = asked;
    const { messages, more } = await daemon.call(methods.messages, { ...asked, max: PAGE_SIZE }, session);
    const oldest = more ? messages.at(-1)?.id : undefined;
    const heading = search === undefined ? 'Messages' : `Messages with “${search}”`;
    return {
      title: agent ? `${heading} of ${agent}` : heading,
      section: 'messages',
      template: 'pages/messages',
      data: { agent: agent ?? '', search: search ?? '', agents: overview.agents.map((row) => row.name) },
      parts: [
        {
          name: 'flow',
          template: 'parts/flow',
          data: {
            talks: (search === undefined ? conversations : oneByOne)(messages, overview.now),
            nothing: search === undefined ? null : nothingFound(more),
            older: oldest === undefined ? null : addressOf({ agent, search, before: oldest }),
          },
        },
      ],
    };
  },
};

function nothingFound(more: boolean): string {
  if (!more) return 'Nothing holds all of these words.';
  return 'Nothing was found in the time that a search has: use more or longer words, or choose an agent.';
}

/** What makes no sense is as if it were missing. */
function readAsked(query: URLSearchParams): Asked {
  const agent = query.get('agent') ?? '';
  const search = (query.get('search') ?? '').trim().slice(0, SEARCH_CHARACTERS);
  const before = query.get('before') ?? '';
  return {
    agent: agent === '' || agentNameProblem(agent) ? undefined : agent,
    search: search === '' ? undefined : search,
    before: /^[1-9]\d{0,14}$/.test(before) ? Number(before) : undefined,
  };
}

function addressOf({ agent, search, before }: Asked): string {
  const query = new URLSearchParams();
  if (agent !== undefined) query.set('agent', agent);
  if (search !== undefined) query.set('search', search);
  if (before !== undefined) query.set('before', String(before));
  return `/messages?${query.toString()}`;
}
