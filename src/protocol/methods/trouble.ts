import { z } from 'zod';
import { method } from '../method.ts';
import { agentName } from '../names.ts';
import { at, id, messageKind } from '../shapes.ts';

/** A delivery that was given up. */
export const deadLetter = z.object({
  delivery: id,
  message: id,
  from: z.string(),
  recipient: z.string(),
  kind: messageKind,
  excerpt: z.string(),
  reason: z.string(),
  attempts: z.number().int(),
  sent_at: at,
  died_at: at,
});
export type DeadLetter = z.infer<typeof deadLetter>;

/** Dead letters, newest first. */
export const deadList = method({
  cmd: 'dead_list',
  callers: ['operator', 'web'],
  input: z.strictObject({ agent: agentName.optional(), max: z.number().int().min(1).max(200).default(50) }),
  output: z.object({ dead: z.array(deadLetter), total: z.number().int() }),
});

/** Queues dead letters again with fresh attempts: the named deliveries, or all of `agent`. Exactly one of the two. */
export const deadRetry = method({
  cmd: 'dead_retry',
  callers: ['operator', 'web'],
  input: z.strictObject({ deliveries: z.array(id).min(1).max(200).optional(), agent: agentName.optional() }),
  /** `refused` says per delivery why it stays dead, for instance because its recipient is gone. */
  output: z.object({
    retried: z.array(id),
    refused: z.array(z.object({ delivery: id, reason: z.string() })),
  }),
});

/** Takes dead letters from the list: the named deliveries, or all of `agent`. Exactly one of the two. They stay dead; an event tells of it. */
export const deadDismiss = method({
  cmd: 'dead_dismiss',
  callers: ['operator', 'web'],
  input: deadRetry.input,
  /** `refused` says per delivery why it stays on the list. */
  output: z.object({
    dismissed: z.array(id),
    refused: z.array(z.object({ delivery: id, reason: z.string() })),
  }),
});

/** Two parties whose messages the loop breaker holds back. */
export const parkedPair = z.object({
  id,
  /** In alphabetical order. */
  parties: z.tuple([z.string(), z.string()]),
  reason: z.string(),
  since: at,
  /** Messages that are held. */
  held: z.number().int(),
  /** The last messages that led to it, oldest first. */
  chain: z.array(z.object({ id, from: z.string(), to: z.string(), excerpt: z.string(), sent_at: at })),
});
export type ParkedPair = z.infer<typeof parkedPair>;

/** Pairs that the loop breaker parked, newest first. */
export const parkedList = method({
  cmd: 'parked_list',
  callers: ['operator', 'web'],
  input: z.strictObject({}),
  output: z.object({ pairs: z.array(parkedPair) }),
});

/** Ends the parking of a pair: what was held is queued in order, and its chain counts from zero again. */
export const parkedRelease = method({
  cmd: 'parked_release',
  callers: ['operator', 'web'],
  input: z.strictObject({ id }),
  output: z.object({ released: z.number().int() }),
});
