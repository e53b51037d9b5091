import { randomInt } from 'node:crypto';
import { chown, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import type { configFile } from '#src/protocol/config-file.ts';
import type { SetupResult } from '#src/protocol/setup.ts';
import { freePort } from '../free-port.ts';

/** What a test may say about its hive's configuration. */
export type ConfigChanges = Partial<
  Pick<
    z.input<typeof configFile>,
    'manager' | 'models' | 'guards' | 'patience' | 'watchdog_seconds' | 'start_seconds' | 'standby_after_seconds'
  >
>;

/** A temporary home with configuration and parts, as `hive up` leaves it before it starts the daemon. */
export async function makeHome(parts: SetupResult, changes: ConfigChanges, owner: number | undefined): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'hive-'));
  const config = {
    port: await freePort(),
    forge_port: await freePort(),
    // Hives of tests that run side by side share no uid.
    uid_base: 1_000_000 + randomInt(20_000) * 100,
    uid_count: 100,
    manager: { runtime: 'command' },
    ...changes,
  };
  await writeFile(join(home, 'config.json'), JSON.stringify(config));
  await writeFile(join(home, 'setup.json'), JSON.stringify(parts));
  if (owner === undefined) return home;
  for (const path of [home, join(home, 'config.json'), join(home, 'setup.json')]) await chown(path, owner, owner);
  return home;
}
