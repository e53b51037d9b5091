import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { starter } from '#src/cli/bundle/starter.ts';

const INSTALL = resolve(import.meta.dirname, '../../..');
const MAIN = 'src/daemon/main.ts';

/** How a test's daemon is started. */
export interface DaemonSpec {
  home: string;
  /** Runs as this user instead of root. */
  uid: number | undefined;
  env: Record<string, string>;
  /** Root of the installed hive; this checkout without it. */
  install?: string | undefined;
  /** Under its supervisor, which starts it again when it was killed: signals go to that. */
  supervised?: boolean | undefined;
  /** What Node gets to start the daemon without a supervisor; its sources without it. */
  program?: readonly string[] | undefined;
}

/** What starts this checkout's daemon as its supervisor does: from a bundle in `cache`, when there is one. */
export async function bundledDaemon(cache: string | undefined): Promise<readonly string[]> {
  const say = (line: string): never => {
    throw new Error(line);
  };
  return await starter({ main: join(INSTALL, MAIN), cache, say })();
}

/** A daemon of a test: a process of its own, as `hive up` starts one. */
export class DaemonProcess {
  readonly #child: ChildProcess;
  readonly #log: string;
  readonly ended: Promise<number | null>;

  constructor({ home, uid, env, install = INSTALL, supervised, program }: DaemonSpec) {
    this.#log = join(home, 'start.log');
    const out = openSync(this.#log, 'w', 0o600);
    const user = uid === undefined ? [] : ['setpriv', '--reuid', `${uid}`, '--regid', `${uid}`, '--clear-groups', '--'];
    const start = supervised ? [join(install, 'src/cli/supervisor/main.ts')] : (program ?? [join(install, MAIN)]);
    const [command, ...args] = [...user, process.execPath, ...start, '--home', home];
    this.#child = spawn(command, args, {
      cwd: '/',
      env: { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8', HIVE_CHECK_ANSWERS: '1', ...env },
      stdio: ['ignore', out, out],
      detached: true,
    });
    closeSync(out);
    this.ended = once(this.#child, 'exit').then(([code]) => code as number | null);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** What it printed before its log was open, and its last words. */
  printed(): Promise<string> {
    return readFile(this.#log, 'utf8');
  }
}
