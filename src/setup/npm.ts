import { dirname, join } from 'node:path';
import { which } from '#src/lib/which.ts';
import type { Builder } from './builder/builder.ts';
import { npmEnvironment } from './builder/environment.ts';
import { SetupFailure } from './failure.ts';

/** One package, pinned by version and content. */
export interface PinnedPackage {
  name: string;
  version: string;
  integrity: string;
}

/**
 * Makes this Node and the caller's npm, with its settings, usable for the builder. Returns npm's program file, or fails
 * with the command that brings npm.
 */
export async function prepareNpm(builder: Builder, env: NodeJS.ProcessEnv): Promise<string> {
  const npm = await which('npm', env['PATH'] ?? '');
  if (npm === null) throw new SetupFailure('npm is missing', { fix: ['sudo apt-get install -y npm'] });
  builder.extend({ env: await npmEnvironment(npm, env), path: dirname(await builder.share(process.execPath)) });
  if (!npm.endsWith('.js')) return npm;
  const home = dirname(dirname(npm));
  return join(await builder.share(home), npm.slice(home.length));
}

/** Installs one pinned package without dependencies below `dir`; no script of it runs, other content is refused. */
export async function installPinned(
  builder: Builder,
  { npm, dir, pinned }: { npm: string; dir: string; pinned: PinnedPackage },
): Promise<void> {
  const { name, version, integrity } = pinned;
  const manifest = { dependencies: { [name]: version } };
  const lock = {
    lockfileVersion: 3,
    requires: true,
    packages: { '': manifest, [`node_modules/${name}`]: { version, integrity } },
  };
  await builder.run('mkdir', ['-p', dir]);
  await builder.write(join(dir, 'package.json'), JSON.stringify(manifest));
  await builder.write(join(dir, 'package-lock.json'), JSON.stringify(lock));
  const ci = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier'];
  const [program, ...args] = npm.endsWith('.js') ? ['node', npm] : [npm];
  await builder.run(program, [...args, ...ci], { cwd: dir });
}
