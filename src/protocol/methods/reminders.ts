import { z } from 'zod';
import { method } from '../method.ts';
import { agentName } from '../names.ts';
import { at, body, FURTHEST_SECONDS, id } from '../shapes.ts';
import { keyed } from './messages.ts';

/** A reminder or schedule that is still to come. */
export const reminder = z.object({
  id,
  agent: agentName,
  message: z.string(),
  /** Next nominal due time. */
  due_at: at,
  /** Five cron fields of a schedule; null = fires once. */
  cron: z.string().nullable(),
  /** IANA name of the zone in which `cron` is read. */
  timezone: z.string().nullable(),
  set_by: z.string(),
  created_at: at,
});
export type Reminder = z.infer<typeof reminder>;

/** What became of an agent's reminders in the last 24 hours. */
export const reminderCounts = z.object({
  /** Put into its queue. */
  fired: z.number().int(),
  /** Handed to a turn, however that ended. */
  attempts: z.number().int(),
  /** Acked by a turn that ended well. */
  delivered: z.number().int(),
});
export type ReminderCounts = z.infer<typeof reminderCounts>;

/**
 * Sets a reminder for the calling agent (or, from the operator, for `agent`): exactly one of `delay_seconds`, `at` (ISO 8601; without an offset it is
 * read in `timezone`) and `cron` (five fields, read in `timezone`, fires again and again). `timezone` is an IANA name, the host's by default.
 */
export const remind = method({
  cmd: 'remind',
  callers: ['operator', 'agent', 'harness'],
  input: z.strictObject({
    message: body,
    delay_seconds: z.number().min(0).max(FURTHEST_SECONDS).optional(),
    at: z.string().max(64).optional(),
    cron: z.string().max(120).optional(),
    timezone: z.string().max(64).optional(),
    agent: agentName.optional(),
    ...keyed,
  }),
  output: z.object({ id, due_at: at, cron: z.string().nullable(), timezone: z.string().nullable() }),
});

/** Pending reminders, the next one first: the calling agent's own, or, for the operator, `agent`'s or everybody's. */
export const remindersList = method({
  cmd: 'reminders_list',
  callers: ['operator', 'web', 'agent', 'harness'],
  input: z.strictObject({ agent: agentName.optional(), max: z.number().int().min(1).max(200).default(50) }),
  output: z.object({ reminders: z.array(reminder) }),
});

/** Cancels a pending reminder of the calling agent; the operator may cancel any. Answers what it was. */
export const reminderCancel = method({
  cmd: 'reminder_cancel',
  callers: ['operator', 'agent', 'harness'],
  input: z.strictObject({ id, ...keyed }),
  output: reminder,
});
