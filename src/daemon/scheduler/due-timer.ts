import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import { pause } from '#src/lib/pause.ts';
import type { Writer } from '../db/index.ts';
import type { DueWork } from './api.ts';

/** Most firings in one transaction; more makes the loop stall (FACTS/broker). */
const BATCH = 500;
/** Pause after a batch that could not be stored. */
const RETRY_MS = 1000;

/** Keeps one timer for the earliest due time of all works, and fires in batches with a yield between them. */
export class DueTimer {
  readonly #deps: { writer: Writer; clock: Clock; log: Pick<Logger, 'error'>; works: DueWork[] };
  #cancel: (() => void) | undefined;
  #running: Promise<void> | undefined;
  readonly #stopping = new AbortController();

  constructor(deps: { writer: Writer; clock: Clock; log: Pick<Logger, 'error'>; works: DueWork[] }) {
    this.#deps = deps;
  }

  /** Looks again when the next one is due: something was set, or the clock may have jumped. */
  arm(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#stopping.signal.aborted || this.#running) return;
    const { writer, clock, works } = this.#deps;
    const dues = writer.read((db) => works.map((work) => work.nextDue(db))).filter((due) => due !== null);
    if (dues.length === 0) return;
    this.#cancel = clock.after(Math.max(0, Math.min(...dues) - clock.now()), () => void this.fire());
  }

  /** Fires everything that is due now. Resolves when nothing is, or when stopped. */
  fire(): Promise<void> {
    this.#running ??= this.#fireAll().finally(() => {
      this.#running = undefined;
      this.arm();
    });
    return this.#running;
  }

  /** Ends after the running batch. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancel?.();
    await this.#running;
  }

  async #fireAll(): Promise<void> {
    const { writer, clock, log, works } = this.#deps;
    for (const work of works) {
      let fired = BATCH;
      while (fired === BATCH && !this.#stopping.signal.aborted) {
        fired = await writer
          .write('scheduler', (tx) => work.fire(tx, BATCH))
          .catch(async (error: unknown) => {
            log.error({ err: error }, 'due work could not be stored');
            await pause(clock, RETRY_MS, this.#stopping.signal);
            return 0;
          });
      }
    }
  }
}
