import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';

const LATEST = 20;

export const agentShow = handler(methods.agentShow, async ({ context, input: { name } }) => ({
  agent: context.agents.row(name),
  turns: context.broker.turns(name, LATEST),
  messages: context.broker.messages({ agent: name, max: LATEST }).messages,
  egress: context.agents.get(name).config.egress,
  refused: context.telemetry.refusals(LATEST, name),
  reminders: context.scheduler.reminders({ agent: name, max: LATEST }),
  reminder_counts: context.scheduler.counts(name),
}));
