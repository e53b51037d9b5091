import { HiveError } from '#src/lib/errors.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';
import { ownAgent } from '../../own-agent.ts';
import { speaker } from '../../principal.ts';

export const remind = handler(methods.remind, async ({ context, principal, input }) => {
  const agent = ownAgent(principal, input.agent);
  if (agent === undefined) throw new HiveError('invalid', 'remind: agent is missing: name the agent to remind');
  return context.scheduler.remind(speaker(principal), context.agents.get(agent).name, input);
});
