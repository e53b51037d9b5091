import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';
import { callingAgent } from '../../principal.ts';

export const recv = handler(methods.recv, ({ context, principal, input, signal }) =>
  context.broker.recv(callingAgent(principal), input, signal),
);
