import { readdir } from 'node:fs/promises';
import { INSIDE } from '../layout.ts';
import { runInForge } from './command.ts';
import type { GiteaLaunch } from './launch.ts';

const NAMES = ['SECRET_KEY', 'INTERNAL_TOKEN', 'JWT_SECRET', 'LFS_JWT_SECRET'];

/** Runs as Gitea's user: the files are its own and readable by nobody else. */
const MAKE = `umask 0377
for name; do
  "$0" generate secret "$name" >"${INSIDE.secrets}/$name.new" && mv "${INSIDE.secrets}/$name.new" "${INSIDE.secrets}/$name" || exit 1
done`;

/**
 * Gitea's secret files exist, each made once by Gitea itself. A file that is there is never replaced: with another SECRET_KEY
 * everything encrypted with the old one is lost.
 */
export async function ensureSecretFiles(launch: GiteaLaunch): Promise<void> {
  const there = await readdir(launch.layout.secrets);
  const missing = NAMES.filter((name) => !there.includes(name));
  if (missing.length === 0) return;
  await runInForge(launch, { argv: ['/bin/sh', '-c', MAKE, INSIDE.binary, ...missing], writesSecrets: true });
}
