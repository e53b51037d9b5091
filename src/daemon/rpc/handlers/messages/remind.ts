import { HiveError } from '#src/lib/errors.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';
import { speaker } from '../../principal.ts';

export const remind = handler(methods.remind, async ({ context, principal, input }) => {
  const by = speaker(principal);
  if (principal.kind === 'agent' && input.agent !== undefined && input.agent !== by) {
    throw new HiveError(
      'forbidden',
      `an agent reminds itself only: leave out agent "${input.agent}", or send it a message`,
    );
  }
  const agent = principal.kind === 'agent' ? by : input.agent;
  if (agent === undefined) throw new HiveError('invalid', 'remind: agent is missing: name the agent to remind');
  return context.scheduler.remind(by, context.agents.get(agent).name, input);
});
