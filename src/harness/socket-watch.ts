import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import { jitteredDelay } from '#src/lib/backoff.ts';

/** The first pause, and up to half as long again: a daemon that stood by is back by then, and none is sooner (docs/decisions/0041). */
const FIRST_MS = 75;
/** Longest pause while the folder of the socket is watched: what the watch missed is found then. The shortest is half of it. */
const NET_MS = 1000;

/**
 * The pauses of who waits for a daemon that is down. When the first try was in vain, the kernel tells when the socket is made again, so that nobody knocks in
 * vain meanwhile; beside that, and where no watch can be had (a user has only so many), tries go on as {@link jitteredDelay} says.
 */
export class SocketWatch implements Disposable {
  readonly #folder: string;
  readonly #name: string;
  readonly #netMs: number;
  #watcher: FSWatcher | undefined;
  /** How soon the next try is worth it, by what was told since the last one, ms. */
  #told = Infinity;
  /** Cuts the pause that runs. */
  #cut: ((ms: number) => void) | undefined;

  /** Watches nothing yet. */
  constructor(socket: string, netMs = NET_MS) {
    this.#netMs = netMs;
    this.#folder = dirname(socket);
    this.#name = basename(socket);
  }

  /**
   * Waits until the next try is worth it, or until `signal` aborts. `attempt` counts tries in vain from 0, before which a connection ended; `down` = nobody
   * listened, and from now on the folder is watched.
   */
  async pause(attempt: number, down: boolean, signal: AbortSignal): Promise<void> {
    // A watch that began after the last try may have come too late for it.
    const sawAll = this.#watcher !== undefined;
    if (down) this.#watcher ??= this.#begin();
    const ms = this.#untold(attempt, down && sawAll && this.#watcher !== undefined);
    if (this.#told > 0 && !signal.aborted) await this.#wait(Math.min(ms, this.#told), signal);
    this.#told = Infinity;
  }

  /** Ends the watch: the daemon is there. */
  [Symbol.dispose](): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#told = Infinity;
  }

  /** How long to wait while nothing is told; `watched` = nobody listened after the watch began. */
  #untold(attempt: number, watched: boolean): number {
    if (watched) return this.#netMs * (0.5 + Math.random() / 2);
    return attempt === 0 ? FIRST_MS * (1 + Math.random() / 2) : jitteredDelay(attempt);
  }

  #begin(): FSWatcher | undefined {
    try {
      const watcher = watch(this.#folder, { persistent: false }, (kind, name) => {
        // A socket is made, then begins to listen, then gets its mode.
        if (name === this.#name) this.#tell(kind === 'change' ? 0 : jitteredDelay(0));
      });
      return watcher.on('error', () => this[Symbol.dispose]());
    } catch {
      return undefined;
    }
  }

  #tell(ms: number): void {
    if (ms >= this.#told) return;
    this.#told = ms;
    this.#cut?.(ms);
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve: end } = Promise.withResolvers<void>();
    let timer = setTimeout(end, ms);
    const onAbort = (): void => end();
    this.#cut = (sooner) => {
      clearTimeout(timer);
      if (sooner > 0) timer = setTimeout(end, sooner);
      else end();
    };
    signal.addEventListener('abort', onAbort);
    await promise;
    clearTimeout(timer);
    this.#cut = undefined;
    signal.removeEventListener('abort', onAbort);
  }
}
