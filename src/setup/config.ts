import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { HiveError } from '#src/lib/errors.ts';
import { problemsOf } from '#src/lib/shape-problems.ts';
import { SETUP_STEPS, type SetupStepName, setupStepName } from '#src/protocol/setup.ts';

/** Uid of builds under root: one below the daemon's default range of agents and services. */
const BUILDER_UID = 309_999;
/** Where the official releases are, by version. */
const OFFICIAL_RELEASES = 'https://dl.gitea.com/gitea';

/** What setup is asked to do and what it may read from its environment. */
export interface SetupConfig {
  steps: SetupStepName[];
  /** Absolute folder of everything that setup fetches or builds. */
  cache: string;
  /** Program the operator chose; used or refused, never replaced. */
  gitea: string | null;
  /** `auto` builds where a Go toolchain is there and downloads elsewhere. */
  giteaFrom: 'auto' | 'build' | 'download';
  giteaReleases: string;
  /** Numeric uid and gid of builds; null when setup itself is unprivileged. */
  builderUid: number | null;
  root: boolean;
  env: NodeJS.ProcessEnv;
}

const environment = z.object({
  HIVE_CACHE: z.string().min(1).optional(),
  HIVE_GITEA: z.string().min(1).optional(),
  HIVE_GITEA_FROM: z.enum(['auto', 'build', 'download']).default('auto'),
  HIVE_GITEA_RELEASES: z.url().default(OFFICIAL_RELEASES),
  HIVE_BUILD_UID: z.coerce.number().int().min(1000).default(BUILDER_UID),
  XDG_CACHE_HOME: z.string().startsWith('/').optional().catch(undefined),
});

/**
 * Reads setup's arguments and environment. `--only a,b` chooses steps, `--claude` adds the Claude Code CLI to the usual
 * ones, `--gitea PATH` names the operator's own Gitea. Throws `invalid`.
 */
export function readSetupConfig(args: string[], env: NodeJS.ProcessEnv, uid: number): SetupConfig {
  const values = readArguments(args);
  const given = read(environment, env, 'correct or unset it');
  const usual = SETUP_STEPS.filter((step) => step !== 'claude' || values.claude);
  const only =
    values.only === undefined ? usual : read(z.array(setupStepName), values.only.split(','), 'correct --only');
  const gitea = values.gitea ?? given.HIVE_GITEA;
  const root = uid === 0;
  const userCache = join(given.XDG_CACHE_HOME ?? join(env.HOME || homedir(), '.cache'), 'hyperhive');
  return {
    steps: SETUP_STEPS.filter((step) => only.includes(step)),
    cache: resolve(given.HIVE_CACHE ?? (root ? '/var/cache/hyperhive' : userCache)),
    gitea: gitea === undefined ? null : resolve(gitea),
    giteaFrom: given.HIVE_GITEA_FROM,
    giteaReleases: given.HIVE_GITEA_RELEASES.replace(/\/+$/, ''),
    builderUid: root ? given.HIVE_BUILD_UID : null,
    root,
    env,
  };
}

function readArguments(args: string[]): { only?: string; claude?: boolean; gitea?: string } {
  try {
    return parseArgs({
      args,
      options: { only: { type: 'string' }, claude: { type: 'boolean' }, gitea: { type: 'string' } },
    }).values;
  } catch (cause) {
    throw new HiveError('invalid', `setup: ${(cause as Error).message}`, { cause });
  }
}

function read<S extends z.ZodType>(shape: S, value: unknown, fix: string): z.output<S> {
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new HiveError('invalid', `${problemsOf(shape, value).join('; ')}; ${fix}`);
}
