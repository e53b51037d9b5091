import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';
import { ownAgent } from '../../own-agent.ts';

/** An agent sees what it sent and got. */
export const messages = handler(methods.messages, async ({ context, principal, input }) => {
  const agent = ownAgent(principal, input.agent);
  if (agent !== undefined) context.agents.expectKnown(agent);
  if (input.thread !== undefined) context.broker.thread(input.thread);
  const reader = principal.kind === 'agent' ? principal.name : undefined;
  const { search, ...flow } = { ...input, agent, reader };
  return search === undefined ? context.broker.messages(flow) : context.broker.search({ ...flow, search });
});
