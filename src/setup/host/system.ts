import { readFile } from 'node:fs/promises';
import { which } from '#src/lib/which.ts';
import { SetupFailure } from '../failure.ts';

/** Package managers, and how each is told to install. */
const MANAGERS = [
  { manager: 'apt-get', install: 'apt-get install -y' },
  { manager: 'dnf', install: 'dnf install -y' },
  { manager: 'zypper', install: 'zypper install -y' },
  { manager: 'pacman', install: 'pacman -S --needed' },
  { manager: 'apk', install: 'apk add' },
] as const;

/** How packages get onto this host. */
export interface HostSystem {
  /** `ID` of os-release. */
  id: string;
  /** The package manager found, `null` when none is known. */
  manager: (typeof MANAGERS)[number]['manager'] | null;
}

/** Looks at os-release and at PATH. */
export async function readHostSystem(searchPath: string, osRelease = '/etc/os-release'): Promise<HostSystem> {
  const text = await readFile(osRelease, 'utf8').catch(() => '');
  const id = /^ID="?([\w.-]+)"?$/m.exec(text)?.[1] ?? 'unknown';
  for (const { manager } of MANAGERS) {
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
  const known = MANAGERS.find((each) => each.manager === manager);
  return known ? `sudo ${known.install} ${names}` : `Install with this system's means: ${names}`;
}
