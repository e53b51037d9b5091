import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { asRoot, nodeDir } from './place.ts';

/** An ordinary user without an entry anywhere. */
export const ORDINARY_UID = 391_999;

const REPOSITORY = new URL('../../..', import.meta.url).pathname;
const LAUNCHER = `${REPOSITORY}/src/daemon/host/sandbox/launch.sh`;

const DRIVER = `${REPOSITORY}/test/support/containers/driver.ts`;

/** Runs {@link file://./driver.ts} as a process of its own under the tests' user. */
export function drive(args: string[]): ChildProcess {
  return spawn(process.execPath, [DRIVER, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** The same, started from a shell that left a descriptor open: Node closes only low ones for its children. */
export function driveWithDescriptor(args: string[]): ChildProcess {
  const script = 'exec 77</etc/hostname; exec "$@"';
  return spawn('bash', ['-c', script, 'bash', process.execPath, DRIVER, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** The same as an ordinary user, who gets `dir`: checkout and Node are shown to it under /mnt, wherever they really are. */
export function driveOrdinary(dir: string, args: string[]): ChildProcess {
  if (!asRoot) return drive(args);
  chownSync(dir, ORDINARY_UID, ORDINARY_UID);
  const id = String(ORDINARY_UID);
  return spawn(
    'unshare',
    [
      ...['--mount', '--propagation', 'private', 'bash', LAUNCHER, '3'],
      ...['stage', '/mnt', 'bind', REPOSITORY, 'bind', nodeDir, '--'],
      ...['setpriv', '--reuid', id, '--regid', id, '--clear-groups', '--inh-caps=-all', '--'],
      ...['/mnt/1/bin/node', '/mnt/0/test/support/containers/driver.ts', ...args],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: process.env['PATH'], HOME: dir } },
  );
}

/** The same as an ordinary user on a host that refuses user namespaces. */
export function driveWithoutNamespaces(args: string[]): ChildProcess {
  const refuse = 'echo 0 >/proc/sys/user/max_user_namespaces; exec setpriv --ambient-caps=-all --inh-caps=-all -- "$@"';
  return spawn(
    'unshare',
    ['--user', '--map-user=1000', '--keep-caps', 'sh', '-c', refuse, 'sh', process.execPath, DRIVER, ...args],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
}

/** The line that the driver prints, parsed. */
export async function answerOf<T>(child: ChildProcess): Promise<T> {
  for await (const line of createInterface(child.stdout!)) return JSON.parse(line) as T;
  throw new Error(`the driver ended without an answer (${child.exitCode})`);
}

/** The line that a driver prints which ends by itself, once it has ended. */
export async function finalAnswerOf<T>(child: ChildProcess): Promise<T> {
  const [answer] = await Promise.all([answerOf<T>(child), once(child, 'exit')]);
  return answer;
}

/** Ends a driver at once, as `kill -9` does. */
export async function killHard(child: ChildProcess): Promise<void> {
  const closed = once(child, 'exit');
  child.kill('SIGKILL');
  await closed;
}
