import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';

export const agentsList = handler(methods.agentsList, async ({ context }) => ({ agents: context.agents.rows() }));
