import { readFile } from 'node:fs/promises';
import { which } from '#src/lib/which.ts';
import { SetupFailure } from '../failure.ts';

/** How packages get onto this host. */
export interface HostSystem {
  /** `ID` of os-release. */
  id: string;
  /** The package manager found, `null` when none is known. */
  manager: 'apt-get' | 'dnf' | 'zypper' | 'pacman' | 'apk' | null;
}

const INSTALL = {
  'apt-get': 'apt-get install -y',
  dnf: 'dnf install -y',
  zypper: 'zypper install -y',
  pacman: 'pacman -S --needed',
  apk: 'apk add',
} as const;

/** Looks at os-release and at PATH. */
export async function readHostSystem(searchPath: string, osRelease = '/etc/os-release'): Promise<HostSystem> {
  const text = await readFile(osRelease, 'utf8').catch(() => '');
  const id = /^ID="?([\w.-]+)"?$/m.exec(text)?.[1] ?? 'unknown';
  for (const manager of Object.keys(INSTALL) as (keyof typeof INSTALL)[]) {
    if (await which(manager, searchPath)) return { id, manager };
  }
  return { id, manager: null };
}

/** Refuses hosts that cannot carry a hive yet. */
export function refuseUnsupported({ id }: HostSystem): void {
  if (id !== 'nixos') return;
  throw new SetupFailure(
    'this host is NixOS, where programs from packages do not run; the NixOS module is not there yet',
    {
      fix: ['Use a Debian or Ubuntu host, or a virtual machine with one.'],
    },
  );
}

/** The command that installs packages, for a person to type. */
export function installCommand({ manager }: HostSystem, packages: readonly string[]): string {
  const names = packages.join(' ');
  return manager === null ? `Install with this system's means: ${names}` : `sudo ${INSTALL[manager]} ${names}`;
}
