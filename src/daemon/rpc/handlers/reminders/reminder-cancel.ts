import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';
import { speaker } from '../../principal.ts';

export const reminderCancel = handler(methods.reminderCancel, ({ context, principal, input }) =>
  context.scheduler.cancel(speaker(principal), input),
);
