import { z } from 'zod';
import { method } from '../method.ts';
import { agentName, recipientName } from '../names.ts';
import { body, flowMessage, id, received } from '../shapes.ts';
import { act } from './harness.ts';

/** What every mutating call of an agent may carry: the harness's key for the tool call (same key, same result) and the running turn. */
export const keyed = { key: z.string().min(8).max(128).optional(), turn: id.optional() };

/** Sends a message; durable when answered. */
export const send = method({
  cmd: 'send',
  callers: ['operator', 'web', 'agent', 'harness'],
  input: z.strictObject({ to: recipientName, body, in_reply_to: id.optional(), ...keyed }),
  /** `parked` = stored, but the loop breaker holds it until the operator releases the pair. */
  output: z.object({ id, recipients: z.array(z.string()), parked: z.boolean(), note: z.string().nullable() }),
});

/**
 * Takes waiting messages of the calling agent into the running turn. Without `wait_seconds` a peek that returns at once; with it waits for the first one.
 * `max` 0 only counts. Without `turn` (a shell outside a turn) nothing is leased: the messages are only shown. The same `key` gives the same messages again.
 */
export const recv = method({
  cmd: 'recv',
  callers: ['agent', 'harness'],
  input: z.strictObject({
    max: z.number().int().min(0).max(32).default(1),
    wait_seconds: z.number().min(0).max(180).optional(),
    ...keyed,
  }),
  /** `note` = why what remains is not for this turn: after a failure messages come one by one. */
  output: z.object({
    messages: z.array(received),
    remaining: z.number().int(),
    note: z.string().nullable(),
    /** When something of it was delivered before: what earlier attempts already did. */
    earlier: z.array(act).default([]),
  }),
});

/** The caller has shown these deliveries to what thinks: they may be acked when the turn ends cleanly. */
export const presented = method({
  cmd: 'presented',
  callers: ['agent', 'harness'],
  input: z.strictObject({ turn: id, deliveries: z.array(id).max(64) }),
  output: z.object({}),
});

/** The operator's own mail, oldest first; reading marks it read unless `peek`. */
export const inbox = method({
  cmd: 'inbox',
  callers: ['operator', 'web'],
  input: z.strictObject({ peek: z.boolean().default(false), max: z.number().int().min(1).max(100).default(32) }),
  output: z.object({ messages: z.array(received), remaining: z.number().int() }),
});

/**
 * What was said, newest first: in the whole hive, or in what an agent sent and got (an agent sees only its own, and of what others sent its own delivery). `search` = words, or their beginnings, that must all occur,
 * `thread` = an ask's number.
 */
export const messages = method({
  cmd: 'messages',
  callers: ['operator', 'web', 'agent', 'harness'],
  input: z.strictObject({
    agent: agentName.optional(),
    search: z.string().min(1).max(200).optional(),
    thread: id.optional(),
    before: id.optional(),
    max: z.number().int().min(1).max(200).default(50),
  }),
  /** `more` = there may be earlier ones, which `before` the last of these gives: `max` or the size of an answer was reached, or a search ran out of time. */
  output: z.object({ messages: z.array(flowMessage), more: z.boolean() }),
});

/** The messages that the agent's running turn has taken so far: for programs of the `command` runtime, whose prompt is text. */
export const turnMessages = method({
  cmd: 'turn_messages',
  callers: ['agent', 'harness'],
  input: z.strictObject({ turn: id }),
  output: z.object({ messages: z.array(received) }),
});
