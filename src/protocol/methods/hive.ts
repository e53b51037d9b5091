import { z } from 'zod';
import { method } from '../method.ts';
import { agentName } from '../names.ts';
import { agentRow, at, flowMessage, thread } from '../shapes.ts';
import { hiveEvent, resetEvent } from '../events.ts';
import { parkedPair } from './trouble.ts';

const urls = z.object({ dashboard: z.string(), forge: z.string(), home: z.string() });
const counts = z.object({
  open_asks: z.number().int(),
  dead: z.number().int(),
  queued: z.number().int(),
  unread: z.number().int(),
  /** Pairs of agents that the loop breaker parked. */
  parked: z.number().int(),
});

/** What the hive is and how it is; the first thing `hive up` and `hive status` ask. */
export const status = method({
  cmd: 'status',
  callers: ['operator', 'web'],
  input: z.strictObject({}),
  output: z.object({
    hive: z.string(),
    release: z.string(),
    pid: z.number().int(),
    started_at: at,
    home: z.string(),
    urls,
    forge: z.object({ state: z.enum(['starting', 'up', 'down']), version: z.string().nullable(), detail: z.string() }),
    web: z.object({ state: z.enum(['up', 'down']), detail: z.string() }),
    login: z.object({ provider: z.string(), kind: z.string() }).nullable(),
    agents: z.array(agentRow),
    counts,
    /** False while the disk is full: nothing new is stored. */
    disk_ok: z.boolean(),
    /** What this machine cannot enforce, each with what it costs ("no total memory cap: no writable cgroup"). */
    limits: z.array(z.string()),
    /** What is wrong with the daemon itself, each with what to do. */
    alerts: z.array(z.string()),
    /** Ready = forge seeded, manager there, web up. */
    ready: z.boolean(),
    /** Where the operator's first password is, while it exists. */
    password_file: z.string().nullable(),
  }),
});

/** Everything the dashboard's first page shows, in one consistent read. `seq` is where to subscribe from. */
export const overview = method({
  cmd: 'overview',
  callers: ['operator', 'web'],
  input: z.strictObject({}),
  output: z.object({
    seq: z.number().int(),
    now: at,
    hive: z.string(),
    urls,
    forge: z.object({ state: z.enum(['starting', 'up', 'down']), detail: z.string() }),
    agents: z.array(agentRow),
    /** Open asks that wait for the operator, oldest first. */
    asks: z.array(thread),
    dead: z.array(flowMessage),
    /** Pairs that the loop breaker parked, newest first. */
    parked: z.array(parkedPair),
    refused: z.array(z.object({ agent: agentName, at, host: z.string(), port: z.number().int(), remedy: z.string() })),
    threads: z.array(thread),
    flow: z.array(flowMessage),
    tokens_today: z.number().int(),
    /** False while the disk is full: nothing new is stored. */
    disk_ok: z.boolean(),
    limits: z.array(z.string()),
    /** What is wrong with the daemon itself, each with what to do. No event tells of them. */
    alerts: z.array(z.string()),
  }),
});

/** Ends the daemon after draining; `containers` also ends the agents' containers. Answers before it goes. */
export const shutdown = method({
  cmd: 'shutdown',
  callers: ['operator'],
  input: z.strictObject({ containers: z.boolean().default(true) }),
  output: z.object({ pid: z.number().int() }),
});

/** Replays events after `after` (0 = only new ones when omitted), then goes on live. `{"type":"reset"}` when `after` is older than retention. */
export const subscribe = method({
  cmd: 'subscribe',
  callers: ['operator', 'web'],
  input: z.strictObject({ after: z.number().int().min(0).optional() }),
  output: z.object({ seq: z.number().int() }),
  stream: z.union([resetEvent, hiveEvent]),
});

/** The last lines of the daemon's, the forge's or an agent's log; with `follow` new lines are pushed. */
export const logs = method({
  cmd: 'logs',
  callers: ['operator'],
  input: z.strictObject({
    of: z.union([z.literal('daemon'), z.literal('forge'), z.literal('web'), agentName]).default('daemon'),
    lines: z.number().int().min(1).max(500).default(100),
    follow: z.boolean().default(false),
  }),
  output: z.object({ file: z.string(), lines: z.array(z.string()) }),
  stream: z.object({ type: z.literal('line'), line: z.string() }),
});

/** Checks of the running hive, each with the fix when it fails. */
export const doctor = method({
  cmd: 'doctor',
  callers: ['operator'],
  input: z.strictObject({}),
  output: z.object({
    checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string(), fix: z.string().nullable() })),
  }),
});

/** Stores a model credential, encrypted with the hive's key; only the edge ever reads it. */
export const loginSet = method({
  cmd: 'login_set',
  callers: ['operator'],
  input: z.strictObject({
    provider: z.literal('anthropic'),
    kind: z.enum(['api_key', 'oauth_token']),
    value: z
      .string()
      .min(8)
      .max(4096)
      .regex(/^[\x21-\x7e]+$/, 'a credential has no spaces or control characters'),
  }),
  output: z.object({}),
});
