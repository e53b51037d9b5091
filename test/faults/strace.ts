import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RELEASED } from './homes.ts';
import { STORIES } from './stories.ts';
import { readTrace } from './trace.ts';
import type { Call } from './trace.ts';

/** Calls that change what is on the disk. */
export const STORAGE_CALLS = [
  ...['write', 'pwrite64', 'pwritev', 'writev', 'fsync', 'fdatasync', 'sync_file_range', 'ftruncate', 'truncate'],
  ...['fallocate', 'unlink', 'unlinkat', 'rename', 'renameat', 'renameat2', 'mkdir'],
];
/** The files of a hive that hold what was said. */
/** Made before a home is migrated. */
const BACKUP = `backups/hive-schema-${RELEASED}.db`;
const FILES = [
  ...[
    'hive.db',
    'hive.db-wal',
    'hive.db-shm',
    'hive.db.new',
    'hive.db.new-wal',
    'hive.db.new-shm',
    'begin',
    'end',
    '.',
  ],
  ...['hive.db-reserve', 'hive.db-tail', 'backups', BACKUP, `${BACKUP}-journal`],
];
const CHILD = join(import.meta.dirname, 'child.ts');
/** A child that hangs is a violation of its own. */
const LIMIT_MS = 30_000;

/** No write is longer: pages, and a backup's parts. */
const LONGEST_WRITE = 4 * 1024 * 1024;

/** What happens at the chosen call. */
export type Fault = 'KILL' | 'EIO' | 'ENOSPC';

/** One run of a story under strace. */
export interface Run {
  home: string;
  story: string;
  migrations?: string;
  /** Happens to the `at`-th call of this name, counted from 1; none = only watched. */
  fault?: { kind: Fault; name: string; at: number };
  /** Everything that is written is recorded, and what the process tells. */
  record?: boolean;
  /** The database is opened with `synchronous=NORMAL`. */
  normal?: boolean;
  /** Folder in which Node keeps its compiled code between runs. */
  cache: string;
}

/** How a run went. */
export interface Ran {
  /** What the child told. */
  output: string;
  /** Exit code, or nothing when it was killed. */
  code: number | null;
  /** What it wrote about errors. */
  errors: string;
  /** The storage calls in order. */
  calls: Call[];
}

/** Runs a story in a child of its own. */
export async function runStory(run: Run): Promise<Ran> {
  const log = `${run.home}.strace`;
  const story = [
    ...['--home', run.home, '--story', run.story],
    ...(run.migrations ? ['--migrations', run.migrations] : []),
    ...(run.normal ? ['--normal'] : []),
  ];
  const argv = ['-f', '-qq', '-y', '-o', log, ...(run.record ? recording() : planting(run))];
  const child = spawn('strace', [...argv, process.execPath, CHILD, ...story], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_COMPILE_CACHE: run.cache },
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { output, errors, code, calls: readTrace(readFileSync(log, 'utf8')) };
}

function filesOf(story: string): string[] {
  const only = STORIES[story]?.only;
  return only ? [only, 'begin', 'end'] : FILES;
}

/** Every string whole, in hexadecimal. */
function recording(): string[] {
  return ['-xx', '-s', String(LONGEST_WRITE), '--seccomp-bpf', '-e', `trace=openat,${STORAGE_CALLS.join(',')}`];
}

function planting({ home, story, fault }: Run): string[] {
  const paths = filesOf(story).flatMap((file) => ['-P', join(home, file)]);
  // NOTE: with --seccomp-bpf, which is faster, strace 6.1 does not deliver an injected signal.
  const fast = fault?.kind === 'KILL' ? [] : ['--seccomp-bpf'];
  return [...fast, ...paths, '-e', `trace=${STORAGE_CALLS.join(',')}`, ...inject(fault)];
}

/** Strace counts every call's name on its own, and every thread. */
function inject(fault: Run['fault']): string[] {
  if (!fault) return [];
  const what = fault.kind === 'KILL' ? 'signal=KILL' : `error=${fault.kind}`;
  return ['-e', `inject=${fault.name}:${what}:when=${fault.at}`];
}

/** Why faults cannot be planted on this machine; nothing when they can. */
export function withoutStrace(): string | undefined {
  const { error, status, stderr } = spawnSync('strace', ['-qq', '-o', '/dev/null', 'true'], { encoding: 'utf8' });
  if (error) return 'strace is not installed: apt-get install strace';
  return status === 0 ? undefined : `strace may not trace here: ${stderr.trim()}`;
}
