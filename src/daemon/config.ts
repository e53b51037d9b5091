import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { HiveError } from '#src/lib/errors.ts';
import { problemsOf } from '#src/lib/shape-problems.ts';
import { hiveHome, hiveId, runFolder } from '#src/protocol/home.ts';
import { configFile, type ConfigFile } from '#src/protocol/config-file.ts';
import { setupResult } from '#src/protocol/setup.ts';

export { guards, patience, type Guards, type Patience, type RetentionDays } from '#src/protocol/config-file.ts';

/** `<home>/setup.json`: where setup found or made the parts a host lacks (src/protocol/setup.ts). */
export interface Parts {
  gitea: string;
  nodeDir: string;
  claudeDir: string | null;
}

/** The daemon's configuration, complete. */
export interface Config extends ConfigFile {
  home: string;
  /** Runtime folder of this home: sockets and pid (DESIGN §5). */
  run: string;
  /** Root of the installed hive: src/, templates/, forge-seed/, node_modules/. */
  install: string;
  /** Eight hex digits of the home's hash: part of cookie names, cgroups and the run folder. */
  hiveId: string;
  parts: Parts;
  /** The installed hive's version, from its package.json. */
  release: string;
  /** True when running as uid 0: agents get host uids of their own. */
  root: boolean;
  logLevel: string;
  /** Every answer is held against its method's shape before it goes out (tests). */
  checkAnswers: boolean;
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

/**
 * Reads `<home>/config.json` and `<home>/setup.json` once. `env` gives `HIVE_HOME` and what else decides where a hive lives, and
 * `HIVE_LOG_LEVEL` (default `info`), `HIVE_CHECK_ANSWERS=1`. Throws `invalid` naming the file, the field and the fix.
 */
export async function loadConfig(env: NodeJS.ProcessEnv, uid: number): Promise<Config> {
  const home = hiveHome(env, uid);
  const logLevel = z.enum(LOG_LEVELS).safeParse(env.HIVE_LOG_LEVEL ?? 'info');
  if (!logLevel.success)
    throw new HiveError('invalid', `HIVE_LOG_LEVEL is "${env.HIVE_LOG_LEVEL}": use one of ${LOG_LEVELS.join(', ')}`);
  const file = await readConfigFile(home);
  const install = join(import.meta.dirname, '../..');
  const { version } = await readJson(join(install, 'package.json'), z.object({ version: z.string() }), 'install again');
  return {
    ...file,
    home,
    run: runFolder(home, env, uid),
    install,
    release: version,
    hiveId: hiveId(home),
    parts: await readParts(join(home, 'setup.json')),
    root: uid === 0,
    logLevel: logLevel.data,
    checkAnswers: env.HIVE_CHECK_ANSWERS === '1',
  };
}

/** Reads `<home>/config.json`. Throws `invalid` naming the file, the field and the fix. */
export function readConfigFile(home: string): Promise<ConfigFile> {
  return readJson(join(home, 'config.json'), configFile, 'correct the file, or remove it and run `hive up`');
}

async function readParts(path: string): Promise<Parts> {
  const fix = 'run `hive up`, which runs setup again';
  const { gitea, node, claude } = await readJson(path, setupResult, fix);
  if (!gitea || !node) {
    const missing = gitea ? 'Node' : 'Gitea';
    throw new HiveError('invalid', `${path} names no ${missing}: setup did not finish; ${fix}`);
  }
  return { gitea: gitea.path, nodeDir: node.dir, claudeDir: claude?.dir ?? null };
}

async function readJson<S extends z.ZodType>(path: string, shape: S, fix: string): Promise<z.output<S>> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const reason = cause.code === 'ENOENT' ? 'is missing' : `cannot be read (${cause.code})`;
    throw new HiveError('invalid', `${path} ${reason}: ${fix}`, { cause });
  });
  const value = parseJson(text, path, fix);
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new HiveError('invalid', `${path}: ${problemsOf(shape, value).join('; ')}; ${fix}`);
}

function parseJson(text: string, path: string, fix: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HiveError('invalid', `${path} is not JSON: ${fix}`, { cause });
  }
}
