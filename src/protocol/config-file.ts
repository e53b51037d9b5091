import { z } from 'zod';
import { runtimeName, tcpPort } from './shapes.ts';

/** So many at once, and so many a minute in the long run. */
const pace = (burst: number, perMinute: number) => ({
  burst: z.number().int().min(1).default(burst),
  per_minute: z.number().positive().default(perMinute),
});

const rate = (burst: number, perMinute: number) => z.strictObject(pace(burst, perMinute)).prefault({});

/** What one agent may send, ask and set before it has to wait, and when two that answer each other are stopped (docs/operator.md). The operator is never limited. */
export const guards = z.strictObject({
  /** Messages and asks of an agent; answers are free. */
  messages: rate(60, 60),
  /** Bytes of their texts. A text is at most 64 KiB, so a smaller burst refuses long ones for ever. */
  bytes: rate(2 * 1024 * 1024, 256 * 1024),
  /** Messages to everybody. */
  broadcasts: rate(5, 0.5),
  /** Asks of an agent that are open at the same time. */
  open_asks: z.number().int().min(1).default(20),
  /** Reminders and schedules of an agent that are still to come, and how fast it may set them. */
  reminders: z
    .strictObject({
      pending: z.number().int().min(1).default(50),
      ...pace(60, 2),
    })
    .prefault({}),
  /** The loop breaker: replies in a row without a person or the forge, and what two agents may say to each other within some time. */
  loop: z
    .strictObject({
      depth: z.number().int().min(1).default(40),
      messages: z.number().int().min(1).default(60),
      window_seconds: z.number().positive().default(60),
    })
    .prefault({}),
});
export type Guards = z.infer<typeof guards>;

const seconds = z.number().positive().max(86_400);

/**
 * When the hive believes that something is stuck or hopeless; times in seconds, what is left out keeps its default (docs/deliveries.md). Shorter times
 * replace sessions that only were slow.
 */
export const patience = z
  .strictObject({
    /** Failed attempts after which a delivery is a dead letter. */
    attempts: z.number().int().min(1).max(100),
    /** Pause before attempt 2, 3 …; the last one repeats. */
    back_off: z.array(seconds).min(1).max(20),
    /** From a turn's messages to its first sign of life. */
    turn_start: seconds,
    /** Silence of a running turn, by what it does. */
    phases: z.strictObject({ starting: seconds, model: seconds, tool: seconds, ending: seconds }).partial(),
    /** A harness that is connected asks for its next turn. */
    poll: seconds,
    /** A container that was started says hello. */
    hello: seconds,
    /** A harness that lost its connection comes back. */
    resume: seconds,
  })
  .partial();
export type Patience = z.infer<typeof patience>;

const days = z.number().min(1).max(36_500);

/** For how many days what is over is kept; what is left out keeps its default (src/daemon/retention, docs/operator.md). */
const retention = z.strictObject({
  /** Messages that everybody acked, and dismissed dead letters, with their deliveries. */
  messages: days,
  /** What the dashboard replays. */
  events: days,
  /** Statistics of turns, and tokens as metered. */
  turns: days,
  /** Keys of calls: the same key gives the same result so long. */
  keys: days,
  /** Reminders that fired or were cancelled. */
  reminders: days,
  /** Numbers of webhooks that were handled. */
  webhooks: days,
  /** Hosts that were refused to agents. */
  egress: days,
  /** Sign-ins, after they ended. */
  sign_ins: days,
});
export type RetentionDays = z.infer<typeof retention>;

/** `<home>/config.json`: what an operator may set; written by `hive up` from its options, read once at start. */
export const configFile = z.strictObject({
  /** Dashboard on http://localhost:<port>. */
  port: tcpPort,
  /** Forge on http://127.0.0.1:<forge_port>. */
  forge_port: tcpPort,
  /** First numeric uid of agents and services under root; agents take the ones above. */
  uid_base: z.number().int().min(1000).max(4_000_000_000).default(310_000),
  uid_count: z.number().int().min(64).default(10_000),
  /** A daemon whose event loop stands still for so long is ended and started again (docs/decisions/0033). */
  watchdog_seconds: z.number().int().min(2).max(3600).default(20),
  /** A daemon that hangs before it holds its home is ended and started again so long after its start (docs/decisions/0033). */
  start_seconds: z.number().int().min(2).max(3600).default(60),
  /** So long after a start the next daemon is started ahead, for one that is killed then (0 = none; docs/decisions/0041). */
  standby_after_seconds: z.number().int().min(0).max(86_400).default(30),
  /** Size of the file beside the database that is removed when the disk is full, so that what is stored can still be read and acked (MiB; 0 = none). */
  disk_reserve_mib: z.number().int().min(0).max(4096).default(8),
  /** How long after its start the daemon begins to read the whole database through, once a day. */
  check_after_seconds: z.number().int().min(1).default(60),
  /** Where model providers are. */
  models: z.strictObject({ anthropic: z.url() }).prefault({ anthropic: 'https://api.anthropic.com' }),
  /** How the manager thinks when the first start makes it; later its folder in hive/agents decides. */
  manager: z
    .strictObject({ runtime: runtimeName.default('claude'), command: z.array(z.string()).min(1).optional() })
    .prefault({}),
  guards: guards.prefault({}),
  patience: patience.prefault({}),
  retention: retention.partial().prefault({}),
});
export type ConfigFile = z.infer<typeof configFile>;
