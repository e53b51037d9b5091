import { join } from 'node:path';
import { execa } from 'execa';
import { findVersion, isAtLeast } from '#src/lib/version.ts';
import { which } from '#src/lib/which.ts';
import { GO_FLOOR } from './recipe.ts';

/** A Go installation. */
export interface GoToolchain {
  /** Folder that holds `bin/go`. */
  root: string;
  /** The program on PATH, which reads the caller's Go settings. */
  go: string;
  version: string;
}

/** Go as found on PATH, whatever its version, or null. */
export async function findGo(env: NodeJS.ProcessEnv): Promise<GoToolchain | null> {
  const go = await which('go', env['PATH'] ?? '');
  if (go === null) return null;
  const run = await execa(go, ['env', 'GOROOT', 'GOVERSION'], {
    env: { ...env, GOTOOLCHAIN: 'local' },
    cwd: '/',
    reject: false,
  });
  const [root = '', version = ''] = (run.stdout ?? '').split('\n');
  const number = findVersion(version);
  return run.exitCode === 0 && root !== '' && number !== null
    ? { root, go: join(root, 'bin', 'go'), version: number }
    : null;
}

/** True when this Go compiles the bundled Gitea. */
export function canBuild(toolchain: GoToolchain): boolean {
  return isAtLeast(toolchain.version, GO_FLOOR);
}
