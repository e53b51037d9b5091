import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';

/** An agent sees what it sent and got, whatever it names. */
export const messages = handler(methods.messages, async ({ context, principal, input }) => {
  const agent = principal.kind === 'agent' ? principal.name : input.agent;
  const { search, ...flow } = { ...input, agent };
  if (search === undefined) return { messages: context.broker.messages(flow) };
  return { messages: await context.broker.search({ ...flow, search }) };
});
