import { execa } from 'execa';
import { HiveError } from '#src/lib/errors.ts';
import type { RunAs } from './api.ts';
import { HELPER_ENV } from './system-path.ts';

const DEFAULT_TIMEOUT_MS = 60_000;

/** The command prefix that gives up root for good: `uid` as user and group, only `groups` beside it, no way back. */
export function asUser(uid: number, groups: number[]): string[] {
  return [
    ...['setpriv', '--reuid', String(uid), '--regid', String(uid)],
    ...(groups.length === 0 ? ['--clear-groups'] : ['--groups', groups.join(',')]),
    ...['--inh-caps=-all', '--no-new-privs', '--'],
  ];
}

/** Makes {@link RunAs} for a daemon that is or is not root. */
export function createRunAs(root: boolean): RunAs {
  return async (uid, argv, options = {}) => {
    if (root ? uid === null || uid === 0 : uid !== null) {
      throw new HiveError(
        'internal',
        `cannot run ${argv[0]} under uid ${uid}: the daemon ${root ? 'is' : 'is not'} root`,
      );
    }
    const [program, ...args] = uid === null ? argv : [...asUser(uid, []), ...argv];
    const result = await execa(program!, args, {
      cwd: options.cwd ?? '/',
      env: HELPER_ENV,
      extendEnv: false,
      input: options.input ?? '',
      timeout: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      forceKillAfterDelay: 2000,
      maxBuffer: 10_000_000,
      stripFinalNewline: false,
      reject: false,
    });
    if (result.failed) {
      throw new HiveError(
        'internal',
        `${argv[0]} failed under uid ${uid ?? 'of the daemon'}: ${result.stderr.trim() || result.shortMessage}`,
      );
    }
    return result.stdout;
  };
}
