import { join } from 'node:path';
import type { Builder } from './builder/builder.ts';

/** One package, pinned by version and content. */
export interface PinnedPackage {
  version: string;
  integrity: string;
}

/** A lock file that holds exactly one package without dependencies. */
export function lockFor(
  name: string,
  { version, integrity }: PinnedPackage,
): { name: string; version: string; lock: string } {
  const lock = {
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { dependencies: { [name]: version } },
      [`node_modules/${name}`]: { version, integrity },
    },
  };
  return { name, version, lock: JSON.stringify(lock) };
}

/** Installs one locked package below `dir` without running any script of it; npm refuses other content. */
export async function installLocked(builder: Builder, dir: string, locked: ReturnType<typeof lockFor>): Promise<void> {
  await builder.run('mkdir', ['-p', dir]);
  await builder.write(join(dir, 'package.json'), JSON.stringify({ dependencies: { [locked.name]: locked.version } }));
  await builder.write(join(dir, 'package-lock.json'), locked.lock);
  await builder.run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier'], { cwd: dir });
}
