import { z } from 'zod';
import { method } from '../method.ts';
import { agentName } from '../names.ts';
import { askState, body, flowMessage, FURTHEST_SECONDS, id, thread } from '../shapes.ts';
import { keyed } from './messages.ts';

/** Opens an ask: a question to an agent or the operator that stays open until it is answered; never blocks. */
export const ask = method({
  cmd: 'ask',
  callers: ['operator', 'agent', 'harness'],
  input: z.strictObject({
    to: z.union([z.literal('operator'), agentName]).default('operator'),
    question: body,
    options: z.array(z.string().min(1).max(200)).min(2).max(12).optional(),
    multi: z.boolean().default(false),
    deadline_seconds: z.number().min(1).max(FURTHEST_SECONDS).optional(),
    ...keyed,
  }),
  /** `note` says that the loop breaker holds it until the operator releases the pair. */
  output: z.object({ id, message: id, thread: z.string(), note: z.string().nullable() }),
});

/** Answers an ask; the first answer wins and a later one is told who was first. Only the ask's target or the operator may. */
export const answer = method({
  cmd: 'answer',
  callers: ['operator', 'web', 'agent', 'harness'],
  input: z.strictObject({ id, text: body, ...keyed }),
  output: z.object({
    id,
    accepted: z.boolean(),
    state: askState,
    answer: z.string().nullable(),
    answered_by: z.string().nullable(),
    /** The answer counts, but the loop breaker holds its message until the operator releases the pair. */
    note: z.string().nullable(),
  }),
});

/** Open asks of the calling agent and open asks that wait for it, oldest first; for the operator those that it asked and those that wait for it. */
export const asksList = method({
  cmd: 'asks_list',
  callers: ['operator', 'agent', 'harness'],
  input: z.strictObject({ max: z.number().int().min(1).max(200).default(50) }),
  output: z.object({ mine: z.array(thread), for_me: z.array(thread) }),
});

/** Takes an open ask back; the target is told. Only the asker may. */
export const askCancel = method({
  cmd: 'ask_cancel',
  callers: ['operator', 'agent', 'harness'],
  input: z.strictObject({ id, ...keyed }),
  output: z.object({ id, state: askState }),
});

/** Asks, open ones first, newest first. An agent sees every thread, as on the forge. */
export const threadsList = method({
  cmd: 'threads_list',
  callers: ['operator', 'web', 'agent', 'harness'],
  input: z.strictObject({ state: askState.optional(), max: z.number().int().min(1).max(200).default(50) }),
  output: z.object({ threads: z.array(thread) }),
});

/** One ask with everything that was said in it, oldest first. */
export const threadShow = method({
  cmd: 'thread_show',
  callers: ['operator', 'web', 'agent', 'harness'],
  input: z.strictObject({ id }),
  output: z.object({ thread, messages: z.array(flowMessage) }),
});
