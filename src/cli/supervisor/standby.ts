import type { ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { type Clock, systemClock } from '#src/lib/clock.ts';
import type { ConfigFile } from '#src/protocol/config-file.ts';
import { BEGIN, STAND_BY, warmUpFolder } from '#src/protocol/standby.ts';
import { isBundled } from '../bundle/starter.ts';
import { howOf } from './supervise.ts';

/** One that is not needed any more has this long to tidy up. */
const LEAVES_WITHIN_MS = 5000;

/** What a {@link Standby} is made of. */
export interface StandbyOptions {
  /** Starts Node with these arguments; its standard input is a pipe. */
  start(args: readonly string[]): ChildProcess;
  /** One line for people. */
  say(line: string): void;
  clock?: Clock;
}

/** At most one daemon that was started ahead and waits. It takes over only from one that was started with the same words. */
export class Standby implements AsyncDisposable {
  readonly #options: StandbyOptions;
  #waiting: { child: ChildProcess; words: string } | undefined;
  #sentAway: Promise<unknown> = Promise.resolve();

  constructor(options: StandbyOptions) {
    this.#options = options;
  }

  /** Whether one waits. */
  get isReady(): boolean {
    return this.#waiting !== undefined;
  }

  /** Starts one ahead, unless one waits already. */
  prepare(args: readonly string[]): void {
    if (this.#waiting) return;
    const gone = (why: string): void => {
      this.#waiting = undefined;
      this.#options.say(`the daemon that stood by ${why}: the next one is started when it is needed`);
    };
    let child: ChildProcess;
    try {
      child = this.#options.start([...args, `--${STAND_BY}`]);
    } catch (error) {
      // Of some refusals, as of a lack of memory, Node tells at once.
      return gone(`could not be started (${(error as Error).message})`);
    }
    this.#waiting = { child, words: JSON.stringify(args) };
    child.once('exit', (code, signal) => {
      if (this.#waiting?.child !== child) return;
      // With 0 it was asked to end, as by Ctrl-C together with the daemon: that is no news.
      if (code === 0) this.#waiting = undefined;
      else gone(`ended ${howOf({ code, signal })}`);
    });
    child.once('error', (error) => {
      if (this.#waiting?.child === child) gone(`could not be started (${error.message})`);
    });
    // It may end just when it is told something.
    child.stdin?.on('error', () => undefined);
  }

  /** Has the one that waits begin, if it was started with just these arguments; it is its caller's then. Without it, undefined. */
  take(args: readonly string[]): ChildProcess | undefined {
    const { child, words } = this.#leave();
    if (!child) return undefined;
    if (words !== JSON.stringify(args)) {
      this.#sentAway = Promise.all([this.#sentAway, this.#dismiss(child)]);
      return undefined;
    }
    // One that was stopped (SIGSTOP) while it waited would never begin, and the hive would stay down.
    child.kill('SIGCONT');
    child.stdin?.end(BEGIN);
    return child;
  }

  /** Ends the one that waits; those that were sent away before have left then, too. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { child } = this.#leave();
    if (child) await this.#dismiss(child);
    await this.#sentAway;
  }

  #leave(): { child?: ChildProcess; words?: string } {
    const waiting = this.#waiting ?? {};
    this.#waiting = undefined;
    return waiting;
  }

  async #dismiss(child: ChildProcess): Promise<void> {
    const { clock = systemClock } = this.#options;
    const onTime = clock.after(LEAVES_WITHIN_MS, () => child.kill('SIGKILL'));
    child.stdin?.end();
    // One that could not be started has left, too.
    await new Promise<unknown>((left) => child.once('exit', left).once('error', left));
    onTime();
  }
}

/** Deletes what a daemon that was killed while it warmed up left in the hive's folder for sockets; none may stand by any more. */
export async function clearWarmUp(run: string): Promise<void> {
  await rm(warmUpFolder(run), { recursive: true, force: true });
}

/**
 * How long after a start with these arguments the next daemon is started ahead, seconds; 0 = never. It is `standby_after_seconds` of its configuration, and never
 * without one, which the daemon refuses, or when it runs from its sources: only of a bundle the same words mean the same program.
 */
export function standbyAfter(config: ConfigFile | undefined, args: readonly string[]): number {
  return isBundled(args) ? (config?.standby_after_seconds ?? 0) : 0;
}
