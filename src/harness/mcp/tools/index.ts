import type { Tool } from '../tool.ts';
import { answer } from './answer.ts';
import { ask } from './ask.ts';
import { cancelAsk } from './cancel-ask.ts';
import { cancelReminder } from './cancel-reminder.ts';
import { listAsks } from './list-asks.ts';
import { listReminders } from './list-reminders.ts';
import { recv } from './recv.ts';
import { remind } from './remind.ts';
import { send } from './send.ts';
import { setStatus } from './set-status.ts';
import { whoami } from './whoami.ts';

/** Every tool an agent has. */
export const tools = [
  ...[send, recv],
  ...[ask, answer, listAsks, cancelAsk],
  ...[remind, listReminders, cancelReminder],
  ...[whoami, setStatus],
] as unknown as readonly Tool[];
