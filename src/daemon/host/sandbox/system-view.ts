import { lstatSync, readlinkSync } from 'node:fs';

/** Folders of programs and libraries beside /usr: links into it on merged systems. */
const BESIDE_USR = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];

/** What of /etc programs need; everything else of it stays outside (FACTS/containers §1). */
const ETC = ['/etc/ld.so.cache', '/etc/alternatives', '/etc/ssl', '/etc/ca-certificates', '/etc/localtime'];

/** bubblewrap's arguments that show the host's programs, read-only. */
export function systemView(): string[] {
  return [
    ...['--ro-bind', '/usr', '/usr'],
    ...BESIDE_USR.flatMap(besideUsr),
    ...ETC.flatMap((path) => ['--ro-bind-try', path, path]),
  ];
}

function besideUsr(name: string): string[] {
  const path = `/${name}`;
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return [];
  return found.isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path];
}
