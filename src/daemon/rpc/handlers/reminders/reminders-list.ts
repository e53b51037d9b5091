import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';
import { ownAgent } from '../../own-agent.ts';

export const remindersList = handler(methods.remindersList, async ({ context, principal, input }) => {
  const agent = ownAgent(principal, input.agent);
  if (agent !== undefined) context.agents.get(agent);
  return { reminders: context.scheduler.reminders({ ...input, agent }) };
});
