import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { HiveError } from '#src/lib/errors.ts';
import { setupResult } from '#src/protocol/setup.ts';

const hiveConfig = z.looseObject({ forge_port: z.number() });
const hiveParts = setupResult.refine((parts) => Object.keys(parts).length > 0);

/** What an interrupted or a running first start has in its home before `config.json`. */
const LEFT_BY_UP = /^(config\.json\.new|up\.lock(\.(dead\.)?\d+)?)$/;

/**
 * Whether a folder is a hive's home: what is in it was made by a hive, whole or not. A `config.json` alone says nothing, since other programs have one too;
 * it must name a `forge_port`. One that is damaged or gone leaves `setup.json`, or the database beside the secrets.
 */
export function isHiveHome(home: string): boolean {
  return (
    hiveConfig.safeParse(readJson(join(home, 'config.json'))).success ||
    hiveParts.safeParse(readJson(join(home, 'setup.json'))).success ||
    (existsSync(join(home, 'hive.db')) && existsSync(join(home, 'secrets/key')))
  );
}

/**
 * Throws `invalid` unless a hive may make its home of the existing folder `home`: it is empty, or a hive's home already. What is in it is looked at first: another
 * `up` may make it one meanwhile.
 */
export function requireHomeOrEmpty(home: string): void {
  if (filesIn(home).length === 0 || isHiveHome(home)) return;
  throw new HiveError(
    'invalid',
    `${home} is not empty and no hive's home: hive down --purge would delete what is in it. ${otherHome(home)}`,
  );
}

/** Whether a folder holds nothing but a `config.json`, written ahead of the first start, that does not make it a hive's home. */
export function isConfigAlone(home: string): boolean {
  return existsSync(home) && filesIn(home).join() === 'config.json' && !isHiveHome(home);
}

/** What else may be a hive's home, in words. */
export function otherHome(home: string): string {
  return `Choose a new or empty folder, such as --home ${join(home, 'hive')}`;
}

/** Without what an `up` leaves. */
function filesIn(home: string): string[] {
  return readdirSync(home).filter((name) => !LEFT_BY_UP.test(name));
}

/** Throws `invalid` when `home` is there but no hive's home, so that it must not be deleted. */
export function requireHomeToDelete(home: string): void {
  if (!existsSync(home) || isHiveHome(home)) return;
  throw new HiveError(
    'invalid',
    `${home} is no hive's home (no config.json with a forge_port, no setup.json, no database): nothing was deleted; remove it yourself if you mean it`,
  );
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
