import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const INSTALL = resolve(import.meta.dirname, '../../..');

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
}

/** A daemon of a test: a process of its own, as `hive up` starts one. */
export class DaemonProcess {
  readonly #child: ChildProcess;
  readonly #log: string;
  readonly ended: Promise<number | null>;

  constructor({ home, uid, env, install = INSTALL, supervised }: DaemonSpec) {
    this.#log = join(home, 'start.log');
    const out = openSync(this.#log, 'w', 0o600);
    const user = uid === undefined ? [] : ['setpriv', '--reuid', `${uid}`, '--regid', `${uid}`, '--clear-groups', '--'];
    const main = join(install, supervised ? 'src/cli/supervisor/main.ts' : 'src/daemon/main.ts');
    const [program, ...args] = [...user, process.execPath, main, '--home', home];
    this.#child = spawn(program, args, {
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
