import { HiveError } from '#src/lib/errors.ts';
import { agentPage } from './agents/agent.ts';
import { messagesPage } from './messages/list.ts';
import { messagePage } from './messages/message.ts';
import { overviewPage } from './overview.ts';
import type { Look, Page } from './page.ts';
import { threadsPage } from './threads/list.ts';
import { threadPage } from './threads/thread.ts';

/** Every page that shows the hive. */
export const PAGES: Page[] = [overviewPage, agentPage, threadsPage, threadPage, messagesPage, messagePage];

/** The page at a path of the dashboard, for its live changes; throws `not_found`. */
export function findPage(address: string): { page: Page; look: Pick<Look, 'params' | 'query'> } {
  const url = new URL(address, 'http://localhost');
  for (const page of PAGES) {
    const match = new URLPattern({ pathname: page.path }).exec({ pathname: url.pathname });
    if (match) return { page, look: { params: match.pathname.groups, query: url.searchParams } };
  }
  throw new HiveError('not_found', 'there is no page to follow at this address');
}
