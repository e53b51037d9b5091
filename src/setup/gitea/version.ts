import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { text } from 'node:stream/consumers';

import { findVersion, isAtLeast } from '#src/lib/version.ts';
import { setprivArgs } from '../builder/identity.ts';
import { GITEA_VERSION } from './recipe.ts';

/**
 * Version that a Gitea program says it has, or null when it does not run. It is run unprivileged and by descriptor,
 * so it may lie where its user cannot go.
 */
export async function giteaVersion(path: string, uid: number | null): Promise<string | null> {
  const file = await open(path).catch(() => null);
  if (file === null) return null;
  await using program = file;
  const said = await output([...setprivArgs(uid), 'env', '/proc/self/fd/3', '--version'], program.fd);
  return said?.startsWith('gitea version') ? findVersion(said) : null;
}

async function output(args: string[], fd: number): Promise<string | null> {
  const child = spawn('setpriv', args, {
    stdio: ['ignore', 'pipe', 'ignore', fd],
    env: { PATH: '/usr/bin:/bin', HOME: '/' },
    cwd: '/',
    timeout: 20_000,
    killSignal: 'SIGKILL',
  });
  const ended = once(child, 'close');
  const said = child.stdout === null ? '' : await text(child.stdout);
  const [code] = await ended;
  return code === 0 ? said : null;
}

/** True when a version is one the hive dares to run. */
export function isSafe(version: string): boolean {
  return isAtLeast(version, GITEA_VERSION);
}
