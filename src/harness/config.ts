import { join } from 'node:path';
import { z } from 'zod';

/** How long a runtime's process stays warm after a turn (DESIGN §10). */
const WARM_MS = 5 * 60_000;
const FIRST_PORT = 7810;

const environment = z.object({
  HIVE_SOCKET: z.string().default('/run/hive/hive.sock'),
  HIVE_AGENTS_DIR: z.string().default('/agents'),
  HIVE_DOCS_DIR: z.string().default('/docs'),
  HIVE_CLAUDE: z.string().default('/opt/claude/claude'),
  HIVE_LOOPBACK_PORT: z.coerce.number().int().min(0).max(65_000).default(FIRST_PORT),
  HIVE_WARM_MS: z.coerce.number().int().min(0).default(WARM_MS),
  HIVE_CONTAINER: z.string().optional(),
  NODE_COMPILE_CACHE: z.string().optional(),
  PATH: z.string().default('/usr/local/bin:/usr/bin:/bin'),
});

/** What the harness finds in its container; everything else comes with `hello`. */
export interface HarnessEnv {
  socket: string;
  /** Folder that holds each agent's `state` and `harness`. */
  agentsDir: string;
  docsDir: string;
  /** The Claude Code CLI. */
  claude: string;
  /** First of the loopback ports for model, egress and MCP; 0 = free ones. */
  loopbackPort: number;
  warmMs: number;
  /** True when the harness has a pid namespace of its own, so that everything else in it may be killed at a turn's end. */
  ownsProcesses: boolean;
  path: string;
  /** Node's cache of compiled modules: the in-container `hive` starts faster with it. */
  compileCache: string | undefined;
}

/** Reads the environment once. Throws when a value is unusable. */
export function readEnv(env: NodeJS.ProcessEnv): HarnessEnv {
  const parsed = environment.parse(env);
  return {
    socket: parsed.HIVE_SOCKET,
    agentsDir: parsed.HIVE_AGENTS_DIR,
    docsDir: parsed.HIVE_DOCS_DIR,
    claude: parsed.HIVE_CLAUDE,
    loopbackPort: parsed.HIVE_LOOPBACK_PORT,
    warmMs: parsed.HIVE_WARM_MS,
    ownsProcesses: parsed.HIVE_CONTAINER === '1',
    path: parsed.PATH,
    compileCache: parsed.NODE_COMPILE_CACHE,
  };
}

/** An agent's two folders (DESIGN §11): its own notes, and what the harness keeps out of its way. */
export function agentFolders(env: HarnessEnv, agent: string): { state: string; harness: string } {
  return { state: join(env.agentsDir, agent, 'state'), harness: join(env.agentsDir, agent, 'harness') };
}
