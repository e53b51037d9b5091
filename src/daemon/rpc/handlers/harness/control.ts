import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';
import { callingAgent } from '../../principal.ts';

export const control = handler(methods.control, async ({ context, principal, input, push, signal }) => {
  const end = await context.agents.attachControl(callingAgent(principal), input.nonce, push);
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return {};
});
