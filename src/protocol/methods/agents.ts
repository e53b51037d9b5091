import { z } from 'zod';
import { specialAddressOf } from '#src/lib/special-address.ts';
import { method } from '../method.ts';
import { agentName } from '../names.ts';
import { reminder, reminderCounts } from './reminders.ts';
import { agentRow, at, flowMessage, id, runtimeName, turn } from '../shapes.ts';

/** A host an agent may reach: a name, or `*.name` for everything below it; ports 80 and 443. An address that the edge never dials is refused. */
export const egressHost = z
  .string()
  .max(253)
  .regex(
    /^(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
    'an egress host is a host name like example.org or *.example.org',
  )
  .check(({ value, issues }) => {
    const address = specialAddressOf(value.replace(/^\*\./, ''));
    if (address === undefined) return;
    const message = `${address} is not on the public internet, and the hive dials nothing else for an agent`;
    issues.push({ code: 'custom', message, input: value });
  });

/** Adds an agent: commits its folder to `hive/agents` as the operator and brings it up. Answers when it can be written to. */
export const agentsAdd = method({
  cmd: 'agents_add',
  callers: ['operator'],
  input: z.strictObject({
    name: agentName,
    runtime: runtimeName.default('claude'),
    model: z.string().max(100).optional(),
    command: z.array(z.string()).min(1).optional(),
    egress: z.array(egressHost).default([]),
    role: z.string().max(120).optional(),
    prompt: z.string().max(65_536).optional(),
    /** It manages the hive: messages to `manager` reach it. An agent of that name always does. */
    manager: z.boolean().default(false),
  }),
  output: z.object({ name: agentName, manager: z.boolean(), commit: z.string(), url: z.string() }),
});

/** Removes an agent: its folder leaves `hive/agents`, its container ends, its queue becomes dead letters; `purge` also deletes its state and forge account. The manager only with `force`. */
export const agentsRemove = method({
  cmd: 'agents_remove',
  callers: ['operator'],
  input: z.strictObject({
    name: agentName,
    purge: z.boolean().default(false),
    force: z.boolean().default(false),
  }),
  output: z.object({ name: agentName, commit: z.string() }),
});

/** Every agent, the manager first, then by name. */
export const agentsList = method({
  cmd: 'agents_list',
  callers: ['operator', 'web'],
  input: z.strictObject({}),
  output: z.object({ agents: z.array(agentRow) }),
});

/** One agent with its latest turns and messages. */
export const agentShow = method({
  cmd: 'agent_show',
  callers: ['operator', 'web'],
  input: z.strictObject({ name: agentName }),
  output: z.object({
    agent: agentRow,
    turns: z.array(turn),
    messages: z.array(flowMessage),
    egress: z.array(z.string()),
    refused: z.array(z.object({ at, host: z.string(), port: z.number().int(), remedy: z.string() })),
    /** Pending ones, the next first, long messages cut. */
    reminders: z.array(reminder),
    reminder_counts: reminderCounts,
  }),
});

/** Pauses (no new turn starts; mail waits) or resumes an agent; idempotent, also while it is stopped. */
export const setPaused = method({
  cmd: 'set_paused',
  callers: ['operator', 'web'],
  input: z.strictObject({ name: agentName, paused: z.boolean() }),
  output: z.object({}),
});

/** Which parts a `start` or `stop` means; the reference's "all false = everything" is refused unless `all` is given. */
export const scope = z.strictObject({
  all: z.boolean().default(false),
  agents: z.boolean().default(false),
  ci: z.boolean().default(false),
  forge: z.boolean().default(false),
  gateway: z.boolean().default(false),
  matrix: z.boolean().default(false),
  agent_names: z.array(agentName).default([]),
});

/** Lets agents run, also those that were stopped or failed too often. */
export const start = method({
  cmd: 'start',
  callers: ['operator'],
  input: z.strictObject({ scope }),
  output: z.object({}),
});

/** Ends agents’ containers until `start`: gently, or at once. */
export const stop = method({
  cmd: 'stop',
  callers: ['operator'],
  input: z.strictObject({ scope, graceful: z.boolean().default(true) }),
  output: z.object({}),
});

/** Ends an agent’s container gently and starts a new one; a stopped agent is started. */
export const restart = method({
  cmd: 'restart',
  callers: ['operator'],
  input: z.strictObject({ name: agentName }),
  output: z.object({}),
});
/** Ends the container at once; the reconciler starts a new one. */
export const kill = method({
  cmd: 'kill',
  callers: ['operator'],
  input: z.strictObject({ name: agentName }),
  output: z.object({}),
});

/** Runs a command in the agent's running container (spawned by the harness inside) and streams what it prints, then its exit code. */
export const exec = method({
  cmd: 'exec',
  callers: ['operator'],
  input: z.strictObject({ name: agentName, argv: z.array(z.string()).min(1).max(256) }),
  output: z.object({ exec: id }),
  stream: z.discriminatedUnion('type', [
    z.object({ type: z.literal('output'), stream: z.enum(['stdout', 'stderr']), data: z.string() }),
    z.object({ type: z.literal('exit'), exit_code: z.number().int() }),
  ]),
});

/** Who the caller is, what it may do and where things are. */
export const whoami = method({
  cmd: 'whoami',
  callers: ['agent', 'harness'],
  input: z.strictObject({}),
  output: z.object({
    name: agentName,
    role: z.string(),
    manager: z.boolean(),
    forge: z.string(),
    threads: z.string(),
    peers: z.array(z.object({ name: agentName, role: z.string() })),
    egress: z.array(z.string()),
    status_text: z.string().nullable(),
  }),
});

/** One line on what the agent is up to, shown on the dashboard; empty clears it. */
export const setStatus = method({
  cmd: 'set_status',
  callers: ['agent', 'harness'],
  input: z.strictObject({
    text: z.string().max(200, 'a status is at most 200 characters'),
    key: z.string().optional(),
    turn: id.optional(),
  }),
  output: z.object({}),
});

/** Lets another agent read or write a repository of the caller's; the one way to share it (the forge route offers none). Idempotent. */
export const share = method({
  cmd: 'share',
  callers: ['agent', 'harness'],
  input: z.strictObject({
    repository: z.string().regex(/^[A-Za-z0-9][\w.-]{0,99}$/, 'a repository of yours by its name alone, like greeter'),
    with: agentName,
    permission: z.enum(['read', 'write']).default('read'),
  }),
  output: z.object({ url: z.string() }),
});
