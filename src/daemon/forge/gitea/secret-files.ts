import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { INSIDE } from '../layout.ts';
import { runInForge } from './command.ts';
import type { GiteaLaunch } from './launch.ts';

const NAMES = ['SECRET_KEY', 'INTERNAL_TOKEN', 'JWT_SECRET', 'LFS_JWT_SECRET'];

/** Runs as Gitea's user: the files are its own and readable by nobody else. */
const MAKE = 'umask 0377 && "$0" generate secret "$1" >"$2.new" && mv "$2.new" "$2"';

/**
 * Gitea's secret files exist, each made once by Gitea itself. A file that is there is never replaced: with another SECRET_KEY
 * everything encrypted with the old one is lost.
 */
export async function ensureSecretFiles(launch: GiteaLaunch): Promise<void> {
  for (const name of NAMES) {
    if (await exists(join(launch.layout.secrets, name))) continue;
    const argv = ['/bin/sh', '-c', MAKE, INSIDE.binary, name, `${INSIDE.secrets}/${name}`];
    await runInForge(launch, { argv, writesSecrets: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
