import { HiveError } from '#src/lib/errors.ts';
import { PROTOCOL_VERSION } from '#src/protocol/frames.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';
import { callingAgent } from '../../principal.ts';

export const hello = handler(methods.hello, async ({ context, principal, input, bind, push, signal }) => {
  if (input.protocol !== PROTOCOL_VERSION) {
    const fix = input.protocol > PROTOCOL_VERSION ? 'restart the hive (hive down, then hive up)' : 'restart the agent';
    throw new HiveError(
      'conflict',
      `the harness speaks protocol ${input.protocol}, the daemon ${PROTOCOL_VERSION}: ${fix}`,
    );
  }
  const agent = callingAgent(principal);
  const bound = await context.broker.hello(agent, input.nonce, input.build);
  bind(bound.session);
  const detach = context.agents.attachControl(agent, push);
  const gone = (): void => {
    context.broker.disconnected(bound.session);
    detach();
  };
  if (signal.aborted) gone();
  else signal.addEventListener('abort', gone, { once: true });
  return { ...bound, config: context.agents.harnessConfig(agent) };
});
