import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';
import { meantAgent } from './own-agent.ts';

export const remindersList = handler(methods.remindersList, async ({ context, principal, input }) => ({
  reminders: context.scheduler.reminders({ ...input, agent: meantAgent(context, principal, input.agent) }),
}));
