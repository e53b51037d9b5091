import type { BrokerHooks } from '../broker/api.ts';
import { inBackground, type Parts } from './parts.ts';

/** What the broker needs done by others. */
export function brokerHooks({ agents, forge, urls, log }: Parts): BrokerHooks {
  return {
    sessionLost: (agent, session, reason) =>
      inBackground(log, `replace session ${session} of ${agent}`, agents().sessionLost(agent, session, reason)),
    outboxFilled: () => forge().drainOutbox(),
    turnCancelled: (agent, turn, reason) => agents().cancelTurn(agent, turn, reason),
    threadUrl: (ask, issue) => (issue === null ? `${urls.dashboard}/threads/${ask}` : forge().pages.issue(issue)),
    turnOutcome: (agent, outcome, resumeAt) =>
      inBackground(log, `outcome of ${agent}`, agents().turnOutcome(agent, outcome, resumeAt)),
  };
}
