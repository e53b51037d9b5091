import { z } from 'zod';
import { method } from '../method.ts';
import { agentName } from '../names.ts';
import { at, id, received, runtimeName, tokens, turnOutcome } from '../shapes.ts';

/** What the running turn is doing, for the daemon's patience with it (DESIGN §6: each phase has its own). */
export const turnPhase = z.enum(['starting', 'model', 'tool', 'ending']);
export type TurnPhase = z.infer<typeof turnPhase>;

/** How the agent's turns are run; part of `hello`'s answer. Nothing secret is in it. */
export const harnessConfig = z.object({
  agent: agentName,
  manager: z.boolean(),
  runtime: runtimeName,
  model: z.string().nullable(),
  /** argv of the `command` runtime; null = print the message and exit 0. */
  command: z.array(z.string()).nullable(),
  /** System prompt: the hive's, then the agent's own prompt.md. */
  prompt: z.string(),
  /** Host and port of forge and dashboard as outside; the harness listens on the forge's. */
  forge: z.object({ host: z.string(), port: z.number().int() }),
  /** Kind of the model credential, never its value; null = none stored. */
  login: z.enum(['api_key', 'oauth_token']).nullable(),
  egress: z.array(z.string()),
});
export type HarnessConfig = z.infer<typeof harnessConfig>;

/** A command that `hive agents exec` runs in the container, or an order to the harness. */
export const controlEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('exec'), exec: id, argv: z.array(z.string()).min(1) }),
  /** Nobody watches it any more: it ends. */
  z.object({ type: z.literal('end_exec'), exec: id }),
  z.object({ type: z.literal('cancel_turn'), turn: id, reason: z.string() }),
  z.object({ type: z.literal('stop'), reason: z.string() }),
  z.object({ type: z.literal('config'), config: harnessConfig }),
]);
export type ControlEvent = z.infer<typeof controlEvent>;

/**
 * Binds this connection to the container's session, and streams the daemon's orders on it. The nonce came by descriptor and is in no file, environment or
 * command line; what runs in a turn shares the harness's user and can at most speak for its own agent (docs/security.md). A second hello while the first
 * connection lives is refused (`conflict`); after a dropped connection the same nonce resumes within 60 s.
 */
export const hello = method({
  cmd: 'hello',
  callers: ['agent'],
  input: z.strictObject({
    nonce: z.string().length(64),
    protocol: z.number().int(),
    build: z.string().max(64),
    pid: z.number().int(),
  }),
  output: z.object({ session: id, resumed: z.boolean(), turn: id.nullable(), config: harnessConfig }),
  stream: controlEvent,
});

/** An earlier attempt's act, from the daemon's own log. */
export const act = z.object({ kind: z.string(), summary: z.string(), at });
export type Act = z.infer<typeof act>;

/** Waits, for as long as it takes, for the next delivery that wakes; leases it and what fits beside it to a new turn. */
export const next = method({
  cmd: 'next',
  callers: ['harness'],
  input: z.strictObject({ max: z.number().int().min(1).max(32).default(4) }),
  output: z.object({
    turn: id,
    deliveries: z.array(received),
    remaining: z.number().int(),
    /** Who sent what remains queued, the first sender first, at most 8. */
    waiting: z.array(z.object({ from: z.string(), count: z.number().int() })),
    /** Why what remains is not for this turn, as in `recv`; null = it can be taken. */
    note: z.string().nullable(),
    /** What earlier attempts at these deliveries already did. */
    earlier: z.array(act),
  }),
});

/** The turn's runtime has started (must come within 10 s of `next`), or does something else now. Every call proves the loop alive. */
export const turnActivity = method({
  cmd: 'turn_activity',
  callers: ['harness'],
  input: z.strictObject({ turn: id, phase: turnPhase, activity: z.string().max(200).nullable().default(null) }),
  output: z.object({ cancel: z.boolean() }),
});

/** Waking mail that arrived since the turn took its last: what the hooks announce. */
export const mailWaiting = method({
  cmd: 'mail_waiting',
  callers: ['harness'],
  input: z.strictObject({ turn: id }),
  output: z.object({ count: z.number().int(), senders: z.array(z.string()) }),
});

/** Deliveries that one report names at the most: more than a turn can take. */
const MOST_REPORTED = 4096;

/** Ends a turn: presented deliveries are acked when it was `ok`, everything else goes back (DESIGN §6). Idempotent: the harness spools it. */
export const turnEnd = method({
  cmd: 'turn_end',
  callers: ['harness'],
  input: z.strictObject({
    turn: id,
    outcome: turnOutcome,
    presented: z.array(id).max(MOST_REPORTED),
    /** What the runtime certainly did not get: it comes again unmarked. What is in neither list may have been seen. */
    unseen: z.array(id).max(MOST_REPORTED).optional(),
    error: z.string().max(4000).nullable().default(null),
    model: z.string().max(100).nullable().default(null),
    tokens: tokens.optional(),
    tools: z.record(z.string().max(100), z.number().int()).default({}),
    /** Rate limits: when the provider says to come back. */
    resume_at: at.nullable().default(null),
  }),
  output: z.object({ acked: z.array(id), requeued: z.array(id) }),
});

/** Output of an exec, then its exit code. */
export const execOutput = method({
  cmd: 'exec_output',
  callers: ['harness'],
  input: z.strictObject({
    exec: id,
    stream: z.enum(['stdout', 'stderr']).optional(),
    data: z.string().max(65_536).optional(),
    exit_code: z.number().int().optional(),
  }),
  output: z.object({}),
});
