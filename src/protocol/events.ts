import { z } from 'zod';
import { agentName } from './names.ts';
import { askState, at, deliveryState, id, messageKind, turnOutcome } from './shapes.ts';

const excerpt = z.string().max(280);

/**
 * What the daemon publishes: a closed union, each a row in the same transaction as what it tells (DESIGN §12). Text in events is an
 * excerpt; who needs all of it reads the row. Terminal output is not an event.
 */
export const eventBody = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('message.sent'),
    message: id,
    from: z.string(),
    to: z.string(),
    kind: messageKind,
    excerpt,
    ask: id.nullable(),
  }),
  z.object({
    type: z.literal('delivery.changed'),
    delivery: id,
    message: id,
    recipient: z.string(),
    state: deliveryState,
    turn: id.nullable(),
  }),
  /** The operator took a dead letter from the list. */
  z.object({ type: z.literal('dead.dismissed'), delivery: id, message: id, recipient: z.string() }),
  z.object({
    type: z.literal('ask.changed'),
    ask: id,
    asker: z.string(),
    target: z.string(),
    state: askState,
    excerpt,
  }),
  z.object({ type: z.literal('reminder.set'), agent: agentName, reminder: id, due_at: at, excerpt }),
  z.object({ type: z.literal('reminder.fired'), agent: agentName, reminder: id, message: id }),
  z.object({ type: z.literal('reminder.cancelled'), agent: agentName, reminder: id }),
  z.object({
    type: z.literal('pair.changed'),
    pair: id,
    parties: z.tuple([z.string(), z.string()]),
    state: z.enum(['parked', 'released']),
    reason: excerpt,
  }),
  z.object({ type: z.literal('turn.started'), agent: agentName, turn: id, cause: z.string() }),
  z.object({
    type: z.literal('turn.activity'),
    agent: agentName,
    turn: id,
    phase: z.string(),
    activity: z.string().nullable(),
  }),
  z.object({ type: z.literal('turn.ended'), agent: agentName, turn: id, outcome: turnOutcome }),
  z.object({ type: z.literal('agent.changed'), agent: agentName, what: z.string() }),
  z.object({ type: z.literal('container.started'), agent: agentName, session: id }),
  z.object({
    type: z.literal('container.ended'),
    agent: agentName,
    session: id,
    exit_code: z.number().int().nullable(),
    reason: z.string(),
  }),
  z.object({
    type: z.literal('egress.refused'),
    agent: agentName,
    host: z.string(),
    port: z.number().int(),
    remedy: z.string(),
  }),
  z.object({ type: z.literal('forge.changed'), state: z.enum(['starting', 'up', 'down']), detail: z.string() }),
  z.object({
    type: z.literal('forge.pushed'),
    agent: z.string(),
    repository: z.string(),
    ref: z.string(),
    commit: z.string(),
    url: z.string(),
  }),
  z.object({
    type: z.literal('forge.acted'),
    agent: z.string(),
    kind: z.enum(['pull_request', 'review', 'merge', 'comment']),
    summary: excerpt,
    url: z.string(),
  }),
  z.object({ type: z.literal('login.changed'), provider: z.string(), kind: z.string() }),
  z.object({
    type: z.literal('usage.metered'),
    agent: agentName,
    turn: id.nullable(),
    model: z.string(),
    tokens: z.number().int(),
  }),
]);
export type EventBody = z.infer<typeof eventBody>;

/** A published event: its number in the hive's one sequence, and when. */
export const hiveEvent = z.intersection(z.object({ seq: id, at }), eventBody);

/** As {@link hiveEvent}, in a form by whose `type` it can be told apart. */
export type HiveEvent = { seq: number; at: number } & EventBody;

/** What a subscriber gets instead of events that retention already removed: it reloads what it shows. */
export const resetEvent = z.object({ type: z.literal('reset'), seq: z.number().int() });
