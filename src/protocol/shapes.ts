import { z } from 'zod';
import { agentName } from './names.ts';

/** A TCP port that something may listen on. */
export const tcpPort = z.number().int().min(1).max(65_535);

/** Integer id of a row; ids are integers per table (DESIGN §12). */
export const id = z.number().int().positive();
/** Epoch milliseconds. */
export const at = z.number().int();
/** Largest message body in bytes of UTF-8; longer text belongs into a pushed file. */
export const MAX_BODY_BYTES = 64 * 1024;

/** Message text; refused above {@link MAX_BODY_BYTES} with the advice to push a file. */
export const body = z
  .string()
  .min(1, 'the text is empty: say something')
  .refine((text) => Buffer.byteLength(text) <= MAX_BODY_BYTES, {
    error: `the text is longer than ${MAX_BODY_BYTES} bytes: push it as a file and send its link`,
  });

/** What a message is to its recipient; `forge` and `system` are words of the hive. */
export const messageKind = z.enum(['message', 'ask', 'answer', 'reminder', 'forge', 'system']);
export type MessageKind = z.infer<typeof messageKind>;

/** Where a delivery is (docs/deliveries.md). */
export const deliveryState = z.enum(['queued', 'leased', 'acked', 'dead', 'parked']);
export type DeliveryState = z.infer<typeof deliveryState>;

/** A message as its recipient gets it. */
export const received = z.object({
  delivery: id,
  id,
  from: z.string(),
  kind: messageKind,
  body: z.string(),
  sent_at: at,
  in_reply_to: id.nullable(),
  /** The ask this message belongs to, if any: answer it with `answer`. */
  ask: id.nullable(),
  thread_url: z.string().nullable(),
  options: z.array(z.string()).nullable(),
  /** Sent to everybody: may need no action. */
  broadcast: z.boolean(),
  /** How many earlier turns may have seen this delivery, counted as attempts or not. */
  redelivered: z.number().int(),
});
export type Received = z.infer<typeof received>;

/** A message as the operator sees it in the flow. */
export const flowMessage = z.object({
  id,
  from: z.string(),
  to: z.string(),
  kind: messageKind,
  body: z.string(),
  sent_at: at,
  in_reply_to: id.nullable(),
  ask: id.nullable(),
  deliveries: z.array(
    z.object({
      id,
      recipient: z.string(),
      state: deliveryState,
      attempts: z.number().int(),
      changed_at: at,
      presented: z.boolean(),
      /** A dead letter that the operator took from the list. */
      dismissed: z.boolean(),
    }),
  ),
});
export type FlowMessage = z.infer<typeof flowMessage>;

/** Seconds to the furthest reminder or deadline: a leap year. */
export const FURTHEST_SECONDS = 366 * 86_400;

/** Where an ask is: everything but `open` is final. */
export const askState = z.enum(['open', 'answered', 'cancelled', 'expired']);
/** An ask and, when the forge has it already, its issue. */
export const thread = z.object({
  id,
  asker: z.string(),
  target: z.string(),
  question: z.string(),
  options: z.array(z.string()).nullable(),
  multi: z.boolean(),
  state: askState,
  asked_at: at,
  deadline_at: at.nullable(),
  answer: z.string().nullable(),
  answered_by: z.string().nullable(),
  answered_at: at.nullable(),
  /** The page on the forge; null until the outbox wrote it. */
  url: z.string().nullable(),
});
export type Thread = z.infer<typeof thread>;

/** One state word per agent (LOOKS), in the precedence failed > needs_login > parked > paused > stopped > starting > working > idle. */
export const agentState = z.enum([
  'failed',
  'needs_login',
  'parked',
  'paused',
  'stopped',
  'starting',
  'working',
  'idle',
]);
export type AgentState = z.infer<typeof agentState>;

/** What an agent thinks with. */
export const runtimeName = z.enum(['claude', 'command']);
export type RuntimeName = z.infer<typeof runtimeName>;

/** How a turn ended: only `ok` acks what was presented (docs/decisions/0030 says what counts as an attempt). */
export const turnOutcome = z.enum([
  'ok',
  'failed',
  'cancelled',
  'rate_limited',
  'needs_login',
  'context_full',
  'over_budget',
  'lost',
]);
export type TurnOutcome = z.infer<typeof turnOutcome>;

/** Tokens by kind as the provider counts them. */
export const tokens = z.object({
  input: z.number().int(),
  output: z.number().int(),
  cache_read: z.number().int(),
  cache_write: z.number().int(),
});
export type Tokens = z.infer<typeof tokens>;

/** One turn as the dashboard shows it. */
export const turn = z.object({
  id,
  agent: agentName,
  cause: z.string(),
  started_at: at,
  ended_at: at.nullable(),
  outcome: turnOutcome.nullable(),
  error: z.string().nullable(),
  model: z.string().nullable(),
  tokens,
  tools: z.record(z.string(), z.number().int()),
});
export type Turn = z.infer<typeof turn>;

/** One agent as CLI and dashboard show it. */
export const agentRow = z.object({
  name: agentName,
  role: z.string(),
  manager: z.boolean(),
  runtime: runtimeName,
  model: z.string().nullable(),
  engine: z.string(),
  state: agentState,
  since: at,
  /** Why the state is what it is, with the next step, when that is not obvious. */
  detail: z.string().nullable(),
  /** What the running turn does right now: tool and its main argument. */
  activity: z.string().nullable(),
  status_text: z.string().nullable(),
  status_set_at: at.nullable(),
  queued: z.number().int(),
  leased: z.number().int(),
  reminders: z.number().int(),
  turns_today: z.number().int(),
  tokens_today: z.number().int(),
  last_activity_at: at.nullable(),
  last_turn: z.object({ id, outcome: turnOutcome.nullable(), started_at: at, ended_at: at.nullable() }).nullable(),
  running: z.boolean(),
  paused: z.boolean(),
  container_pid: z.number().int().nullable(),
  exit_code: z.number().int().nullable(),
  /** The agent's page on the forge. */
  forge_url: z.string(),
});
export type AgentRow = z.infer<typeof agentRow>;
