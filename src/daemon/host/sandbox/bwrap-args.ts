import type { SandboxSpec } from '../api.ts';

/** Sizes of the in-memory folders: without them each could take half of the host's memory (FACTS/containers §1). */
const SHM_BYTES = 64 * 1024 * 1024;
const TMP_BYTES = 256 * 1024 * 1024;
const RUN_BYTES = 1024 * 1024;

/** What {@link bwrapArgs} needs beside the spec. */
export interface BwrapInputs {
  /** What `systemView` says. */
  system: string[];
  /** Where bubblewrap finds each of `spec.binds`, in their order. */
  sources: string[];
  /** Small files by path, as descriptors. */
  etc: { path: string; fd: number }[];
  seccompFd: number | null;
  statusFd: number | null;
  /** Whether this bubblewrap knows an option. */
  knows: (option: string) => boolean;
}

/** The arguments of bubblewrap for `--args`: host paths stay out of what the inside can read in /proc/1/cmdline. */
export function bwrapArgs(spec: SandboxSpec, inputs: BwrapInputs): string[] {
  return [
    ...isolation(spec, inputs),
    ...folders(spec),
    ...inputs.system,
    ...inputs.etc.flatMap(({ path, fd }) => ['--perms', '0444', '--ro-bind-data', String(fd), path]),
    ...['--proc', '/proc', '--dev', '/dev'],
    ...memoryFolder('/dev/shm', SHM_BYTES, '1777'),
    ...memoryFolder('/tmp', TMP_BYTES, '1777'),
    ...memoryFolder('/run', RUN_BYTES, '0755'),
    ...['--symlink', '/tmp', '/var/tmp'],
    ...spec.binds.flatMap((bind, index) => [
      bind.writable ? '--bind' : '--ro-bind',
      inputs.sources[index]!,
      bind.target,
    ]),
    ...['--remount-ro', '/dev', '--remount-ro', '/run', '--remount-ro', '/'],
    ...Object.entries(spec.env).flatMap(([name, value]) => ['--setenv', name, value]),
    ...['--chdir', spec.cwd],
    ...(inputs.seccompFd === null ? [] : ['--seccomp', String(inputs.seccompFd)]),
    ...(inputs.statusFd === null ? [] : ['--json-status-fd', String(inputs.statusFd)]),
  ];

  function memoryFolder(path: string, bytes: number, mode: string): string[] {
    const size = inputs.knows('--size') ? ['--size', String(bytes)] : [];
    return [...size, '--perms', mode, '--tmpfs', path];
  }
}

/** Folders on the way to what is mounted, which bubblewrap would make 0700. Those below its in-memory folders are its own affair. */
function folders(spec: SandboxSpec): string[] {
  const paths = new Set(['/etc', '/var', ...spec.binds.flatMap((bind) => parents(bind.target))]);
  return [...paths].flatMap((path) => ['--perms', '0755', '--dir', path]);
}

function parents(target: string): string[] {
  const names = target.split('/').slice(1, -1);
  const paths = names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`);
  return ['run', 'tmp', 'dev', 'proc', 'usr'].includes(names[0]!) ? [] : paths;
}

function isolation(spec: SandboxSpec, inputs: BwrapInputs): string[] {
  return [
    '--unshare-all',
    ...(spec.network === 'host' ? ['--share-net'] : []),
    '--unshare-user',
    ...(inputs.knows('--disable-userns') ? ['--disable-userns'] : []),
    ...['--uid', String(spec.innerUid), '--gid', String(spec.innerUid), '--hostname', spec.hostname],
    ...['--new-session', '--cap-drop', 'ALL', '--clearenv'],
    ...(spec.dieWithParent ? ['--die-with-parent'] : []),
  ];
}
