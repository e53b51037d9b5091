import type { ChildProcess, StdioOptions } from 'node:child_process';
import type { Host } from '../../host/api.ts';
import { INSIDE } from '../layout.ts';
import type { ForgeLayout } from '../layout.ts';
import { FORGE_USER } from './write-config.ts';

/** How Gitea is started: by whom and with which files. */
export interface GiteaLaunch {
  host: Pick<Host, 'launchSandbox' | 'ensureFolder' | 'processes'>;
  binary: string;
  layout: ForgeLayout;
  /** Host uid under root, null = the daemon's own user. */
  uid: number | null;
}

/** One process in the forge's sandbox. */
export interface ForgeCommand {
  argv: string[];
  stdio: StdioOptions;
  /** True for what makes the secret files. */
  writesSecrets?: boolean;
}

/**
 * Starts a process in the forge's sandbox: its own user, its own files and the host's network (Gitea listens on loopback). It ends with the
 * daemon, so that a killed daemon leaves no Gitea behind that would hold the port.
 */
export function launchInForge({ host, binary, layout, uid }: GiteaLaunch, command: ForgeCommand): ChildProcess {
  return host.launchSandbox({
    argv: command.argv,
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: INSIDE.work,
      USER: FORGE_USER,
      LANG: 'C.UTF-8',
      TMPDIR: INSIDE.tmp,
    },
    cwd: INSIDE.work,
    uid,
    groups: [],
    innerUid: 1000,
    innerUser: FORGE_USER,
    hostname: 'forge',
    network: 'host',
    binds: [
      { source: binary, target: INSIDE.binary, writable: false },
      { source: layout.conf, target: INSIDE.conf, writable: false },
      { source: layout.secrets, target: INSIDE.secrets, writable: command.writesSecrets ?? false },
      { source: layout.work, target: INSIDE.work, writable: true },
      { source: layout.tmp, target: INSIDE.tmp, writable: true },
    ],
    seccomp: false,
    dieWithParent: true,
    stdio: command.stdio,
    umask: 0o077,
  });
}
