import { z } from 'zod';
import { method } from '../method.ts';
import { agentName } from '../names.ts';

/** A row of the reference's published host protocol (FACTS/host-protocol). */
export const statusRow = z.object({
  name: agentName,
  running: z.boolean(),
  failed: z.boolean(),
  needs_update: z.boolean(),
  needs_login: z.boolean(),
  paused: z.boolean(),
  pending_reminders: z.number().int(),
  active_model: z.string().optional(),
  status_text: z.string().nullable(),
  status_set_at: z.string().optional(),
  url: z.string().optional(),
});

/** Names of all agents. */
export const list = method({
  cmd: 'list',
  callers: ['operator'],
  input: z.strictObject({}),
  output: z.object({ agents: z.array(z.string()) }),
});

/** How every agent is, by the flags of the reference. */
export const agentStatus = method({
  cmd: 'agent_status',
  callers: ['operator'],
  input: z.strictObject({}),
  output: z.object({ agent_statuses: z.array(statusRow) }),
});

/** Where dashboard and forge are. */
export const urls = method({
  cmd: 'urls',
  callers: ['operator'],
  input: z.strictObject({}),
  output: z.object({ urls: z.object({ home: z.string(), forge: z.string() }) }),
});

/** As `agents_remove`, by the name of the reference. */
export const destroy = method({
  cmd: 'destroy',
  callers: ['operator'],
  input: z.strictObject({ name: agentName, purge: z.boolean().default(false) }),
  output: z.object({}),
});
