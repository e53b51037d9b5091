import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { makeCacheFolder } from '../cache-folder.ts';
import { SetupFailure } from '../failure.ts';
import { HOST_PACKAGES, missingPackages } from '../host/packages.ts';
import { type HostSystem, installCommand, readHostSystem, refuseUnsupported } from '../host/system.ts';
import { probeUserNamespaces } from '../host/userns.ts';
import type { Step, StepContext } from '../step.ts';

/** Names the host packages that are missing; installs them as root on hosts with apt, else says the command. */
export const hostStep: Step = {
  name: 'host',
  title: 'Host packages',
  async run(context) {
    const { config } = context;
    const searchPath = config.env['PATH'] ?? '';
    const system = await readHostSystem(searchPath);
    refuseUnsupported(system);
    const missing = await missingPackages(HOST_PACKAGES, searchPath);
    if (missing.length === 0) return 'all there';
    await install(context, system, missing);
    const still = await missingPackages(HOST_PACKAGES, searchPath);
    if (still.length > 0) throw cannotInstall(system, still, 'they are missing after the installation, too');
    await probeUserNamespaces(config.builderUid, searchPath);
    return `installed ${missing.join(', ')}`;
  },
};

async function install(
  { config, progress, signal }: StepContext,
  system: HostSystem,
  missing: string[],
): Promise<void> {
  if (!config.root) throw cannotInstall(system, missing, 'only root may install them');
  if (system.manager !== 'apt-get') throw cannotInstall(system, missing, 'setup installs only with apt');
  progress(`installing ${missing.join(', ')}`);
  const log = join(config.cache, 'logs', 'host-packages.log');
  makeCacheFolder(join(config.cache, 'logs'));
  const wait = ['-o', 'DPkg::Lock::Timeout=120'];
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...missing]]) {
    const run = await execa('apt-get', ['-q', ...wait, ...args], {
      env: { ...config.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdin: 'ignore',
      all: true,
      reject: false,
      cancelSignal: signal,
    });
    signal.throwIfAborted();
    await writeFile(log, `${run.all}\n`, { flag: args[0] === 'update' ? 'w' : 'a' });
    if (run.failed)
      throw cannotInstall(
        system,
        missing,
        `apt-get ${args[0]} failed: ${run.all.split('\n').slice(-3).join('\n')}`,
        log,
      );
  }
}

function cannotInstall(system: HostSystem, missing: readonly string[], reason: string, log?: string): SetupFailure {
  return new SetupFailure(`missing host packages: ${missing.join(', ')}; ${reason}`, {
    fix: [installCommand(system, missing), 'Then run the same command again.'],
    ...(log !== undefined && { log }),
  });
}
