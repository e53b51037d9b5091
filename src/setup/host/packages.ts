import { access } from 'node:fs/promises';
import { which } from '#src/lib/which.ts';

/** A host package under Debian's name, and the program or file that shows it is there. */
export interface HostPackage {
  name: string;
  shownBy: string;
}

/** What the daemon and the containers, which see the host's /usr, cannot do without. */
export const HOST_PACKAGES: readonly HostPackage[] = [
  { name: 'bubblewrap', shownBy: 'bwrap' },
  { name: 'git', shownBy: 'git' },
  { name: 'curl', shownBy: 'curl' },
  { name: 'util-linux', shownBy: 'setpriv' },
  { name: 'util-linux', shownBy: 'prlimit' },
  { name: 'util-linux', shownBy: 'unshare' },
  { name: 'util-linux', shownBy: 'flock' },
  { name: 'mount', shownBy: 'mount' },
  { name: 'ca-certificates', shownBy: '/etc/ssl/certs/ca-certificates.crt' },
];

/** Names of the packages that are missing on this host, each once. */
export async function missingPackages(packages: readonly HostPackage[], searchPath: string): Promise<string[]> {
  const missing = new Set<string>();
  for (const { name, shownBy } of packages) {
    if (!(await isThere(shownBy, searchPath))) missing.add(name);
  }
  return [...missing];
}

async function isThere(shownBy: string, searchPath: string): Promise<boolean> {
  if (!shownBy.startsWith('/')) return (await which(shownBy, `${searchPath}:/usr/sbin:/sbin`)) !== null;
  return access(shownBy).then(
    () => true,
    () => false,
  );
}
