import { z } from 'zod';
import { egressHost } from './methods/agents.ts';
import { agentName } from './names.ts';
import { runtimeName } from './shapes.ts';

/** `agent.yaml`: everything in it runs inside the agent's container; mounts and host paths are not expressible (DESIGN §9). */
export const agentConfig = z.strictObject({
  role: z.string().max(120).default(''),
  manager: z.boolean().default(false),
  runtime: runtimeName.default('claude'),
  model: z.string().max(100).optional(),
  command: z.array(z.string().max(4096)).min(1).max(64).optional(),
  engine: z.enum(['bubblewrap']).default('bubblewrap'),
  limits: z
    .strictObject({
      memory_mb: z.number().int().min(256).max(65_536).default(4096),
      processes: z.number().int().min(32).max(32_768).default(512),
      cpu_percent: z.number().int().min(10).max(6400).default(200),
    })
    .prefault({}),
  /** Agents it may send to and ask, beside the manager and the operator; everybody when missing. A broadcast reaches only these. */
  recipients: z.array(agentName).max(200).optional(),
  egress: z.array(egressHost).max(100).default([]),
});
export type AgentConfig = z.infer<typeof agentConfig>;

/** One agent's folder in `hive/agents` as the forge adapter read it: texts, not yet judged. */
export interface AgentFolder {
  name: string;
  yaml: string;
  prompt: string;
  /** Set when the folder holds what is not allowed there (symlink, submodule, too large). */
  problem?: string;
}
