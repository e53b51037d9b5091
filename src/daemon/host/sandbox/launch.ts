import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { closeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { HiveError } from '#src/lib/errors.ts';
import type { LaunchSandbox, SandboxSpec } from '../api.ts';
import { dataDescriptor } from '../data-file.ts';
import { asUser } from '../run-as.ts';
import { seccompFilter } from '../seccomp/filter.ts';
import { syscallTable } from '../seccomp/syscalls.ts';
import { HELPER_ENV } from '../system-path.ts';
import { bwrapArgs } from './bwrap-args.ts';
import { etcFiles } from './etc-files.ts';
import { systemView } from './system-view.ts';

const LAUNCHER = fileURLToPath(new URL('launch.sh', import.meta.url));

/** Where sources are staged under root: exists everywhere, nobody's sources lie below it, and no sandbox shows it. Only the launcher's own mount namespace sees the change. */
const STAGE = '/sys';

/** Added to its share of the host's memory in thousandths when the kernel looks for what to kill; anyone may raise it for themselves. */
const EXPENDABLE_SCORE = '500';

/** Makes the launcher of sandboxes; `knows` says whether this host's bubblewrap has an option. */
export function createLaunchSandbox(root: boolean, knows: (option: string) => boolean): LaunchSandbox {
  return (spec) => {
    const staged = spec.uid !== null;
    if (staged !== root) {
      throw new HiveError(
        'internal',
        `a sandbox under uid ${spec.uid} cannot start: the daemon ${root ? 'is' : 'is not'} root`,
      );
    }
    const stdio = handedThrough(spec.stdio);
    const own: number[] = [];
    const give = (fd: number): number => stdio.push(fd) - 1;
    const data = (content: string | Buffer): number => {
      const fd = dataDescriptor(content);
      own.push(fd);
      return give(fd);
    };
    try {
      const args = bwrapArgs(spec, {
        system: systemView(),
        sources: spec.binds.map((bind, index) => (staged ? `${STAGE}/${index}` : bind.source)),
        etc: etcFiles(spec).map(({ path, text }) => ({ path, fd: data(text) })),
        seccompFd: spec.seccomp ? data(filter()) : null,
        statusFd: spec.statusFd === undefined ? null : give(spec.statusFd),
        knows,
      });
      const argsFd = data(args.map((arg) => `${arg}\0`).join(''));
      return start(spec, ['bwrap', '--args', String(argsFd), '--', ...innerCommand(spec)], stdio);
    } finally {
      for (const fd of own) closeSync(fd);
    }
  };
}

function start(spec: SandboxSpec, bwrap: string[], stdio: Exclude<StdioOptions, string>): ChildProcess {
  const count = String(stdio.length);
  const command =
    spec.uid === null
      ? ['bash', LAUNCHER, count, ...launcherSteps(spec), '--', ...bwrap]
      : [
          ...['unshare', '--mount', '--propagation', 'private', 'bash', LAUNCHER, count, ...launcherSteps(spec)],
          ...['stage', STAGE, ...spec.binds.flatMap((bind) => ['bind', bind.source])],
          ...umaskStep(spec),
          ...['--', ...asUser(spec.uid, spec.groups), ...bwrap],
        ];
  return spawn(command[0]!, command.slice(1), {
    cwd: '/',
    env: HELPER_ENV,
    stdio,
    detached: !spec.dieWithParent,
  });
}

function launcherSteps(spec: SandboxSpec): string[] {
  const cgroups = (spec.cgroups ?? []).flatMap((folder) => ['cgroup', folder]);
  const oom = spec.expendable ? ['oom', EXPENDABLE_SCORE] : [];
  return [...cgroups, ...oom, ...(spec.uid === null ? umaskStep(spec) : [])];
}

function umaskStep(spec: SandboxSpec): string[] {
  return spec.umask === undefined ? [] : ['umask', spec.umask.toString(8).padStart(4, '0')];
}

/** The rlimit is set inside: there it counts this sandbox's user namespace alone, also when containers share a uid. */
function innerCommand(spec: SandboxSpec): string[] {
  if (spec.maxProcesses === undefined) return spec.argv;
  return ['/usr/bin/prlimit', `--nproc=${spec.maxProcesses}:${spec.maxProcesses}`, '--', ...spec.argv];
}

function filter(): Buffer {
  const table = syscallTable(process.arch);
  if (table === null) {
    throw new HiveError('unavailable', `no system call filter for ${process.arch}: use an x86_64 or aarch64 host`, {
      retry: false,
    });
  }
  return seccompFilter(table);
}

function handedThrough(stdio: StdioOptions): Exclude<StdioOptions, string> {
  return typeof stdio === 'string' ? [stdio, stdio, stdio] : [...stdio];
}
