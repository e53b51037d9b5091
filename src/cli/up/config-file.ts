import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { HiveError } from '#src/lib/errors.ts';
import { makeFolder, whyNoFolder } from '#src/lib/make-folder.ts';
import { problemsOf } from '#src/lib/shape-problems.ts';
import { configFile } from '#src/protocol/config-file.ts';
import { isConfigAlone, otherHome, requireHomeOrEmpty } from '../hive-home.ts';
import { DEFAULT_PORTS, freePort, requireFree } from './ports.ts';

/** What `hive up` may write into `<home>/config.json`; other keys of the operator stay as they are. */
export interface ConfigChanges {
  /** 0 = a free one, chosen once and remembered. */
  port?: number;
  forgePort?: number;
  manager?: { runtime: string; command?: string[] };
}

/** `hive up` adds the ports. */
const configJson = configFile.partial({ port: true, forge_port: true });
/** Written ahead of the first `hive up`: the forge's port tells it from that of another program. */
const firstConfigJson = configFile.partial({ port: true });
type ConfigJson = Pick<z.input<typeof configJson>, 'port' | 'forge_port'>;

/** Makes the home; answers its `config.json`, empty when there is none. A folder that holds something else is refused, and so is a `config.json` that no daemon would take. */
export async function openHome(home: string): Promise<ConfigJson> {
  try {
    makeFolder(home, 0o711);
  } catch (cause) {
    const fix = 'choose another with --home or HIVE_HOME';
    throw new HiveError('invalid', `${home} cannot be a hive's home (${whyNoFolder(cause)}): ${fix}`, { cause });
  }
  const found = await readConfig(configOf(home));
  if (!isConfigAlone(home)) requireHomeOrEmpty(home);
  const config = check(home, found);
  await chmod(home, 0o711);
  return config;
}

/** Throws `invalid` when the next `hive up` would refuse the home's `config.json`; one that is not there is made then, and one that cannot be read says nothing. */
export async function requireConfig(home: string): Promise<void> {
  const found = await readConfig(configOf(home)).catch((error: unknown) => {
    if (error instanceof HiveError) throw error;
    return undefined;
  });
  if (found !== undefined) check(home, found);
}

function configOf(home: string): string {
  return join(home, 'config.json');
}

/** Makes the home ({@link openHome}) and its `config.json`; answers the ports. A port is checked when it is new or nothing of this hive runs. */
export async function prepareConfig(
  home: string,
  changes: ConfigChanges,
): Promise<{ port: number; forgePort: number }> {
  const before = await openHome(home);
  const port = await choose(changes.port, before.port, DEFAULT_PORTS.port, '--port');
  const forgePort = await choose(changes.forgePort, before.forge_port, DEFAULT_PORTS.forge_port, '--forge-port');
  if (port === forgePort)
    throw new HiveError('invalid', `dashboard and forge cannot both use port ${port}: choose another --forge-port`);
  const after = { ...before, ...(changes.manager ? { manager: changes.manager } : {}), port, forge_port: forgePort };
  const file = configOf(home);
  await writeFile(`${file}.new`, `${JSON.stringify(after, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return { port, forgePort };
}

async function choose(
  asked: number | undefined,
  remembered: number | undefined,
  usual: number,
  option: string,
): Promise<number> {
  if (asked === 0) return remembered ?? freePort();
  return requireFree(asked ?? remembered ?? usual, option);
}

async function readConfig(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    if (!(error instanceof SyntaxError)) throw error;
    throw new HiveError('invalid', `${file} is not JSON: correct it, or remove it and run hive up again`, {
      cause: error,
    });
  }
}

/** What stands in it, without defaults: those are the daemon's. */
function check(home: string, found: unknown): ConfigJson {
  const first = isConfigAlone(home);
  const shape = first ? firstConfigJson : configJson;
  if (shape.safeParse(found).success) return found as ConfigJson;
  const fix = first
    ? `if it is a hive's, correct it. ${otherHome(home)}`
    : 'correct the file, or remove it and run hive up again';
  throw new HiveError('invalid', `${configOf(home)}: ${problemsOf(shape, found).join('; ')}; ${fix}`);
}
