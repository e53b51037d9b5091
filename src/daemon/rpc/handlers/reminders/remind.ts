import { HiveError } from '#src/lib/errors.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';
import { speaker } from '../../principal.ts';
import { meantAgent } from './own-agent.ts';

export const remind = handler(methods.remind, async ({ context, principal, input }) => {
  const agent = meantAgent(context, principal, input.agent);
  if (agent === undefined) throw new HiveError('invalid', 'remind: agent is missing: name the agent to remind');
  return context.scheduler.remind(speaker(principal), agent, input);
});
