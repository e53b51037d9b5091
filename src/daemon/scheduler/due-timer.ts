import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import { pause } from '#src/lib/pause.ts';
import type { Writer } from '../db/index.ts';
import type { DueWork } from './api.ts';

/** How long a transaction of firings should take, commit included, when nothing disturbs it: what others write waits for one. */
const BATCH_MS = 5;
/** Firings in one transaction: at first, and within which bounds they follow their pace. */
const BATCH = { first: 128, least: 64, most: 1024 };
/** Batches whose pace is looked at: of the fastest, since a busy machine makes the others slow for reasons of its own. */
const PACES = 4;
/** Pause after a batch that could not be stored. */
const RETRY_MS = 1000;
/** Longest time without a look at the wall clock while something is pending: it may be set, forward and back. */
const LONGEST_WAIT_MS = 60_000;

/** What the timer needs. */
export interface DueTimerDeps {
  writer: Writer;
  clock: Clock;
  log: Pick<Logger, 'error'>;
  works: DueWork[];
}

/** Keeps one timer for the earliest due time of all works, and fires in batches behind what others write. */
export class DueTimer {
  readonly #deps: DueTimerDeps;
  #cancel: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #batch = BATCH.first;
  /** Milliseconds for each firing of the last batches. */
  #paces: number[] = [];
  readonly #stopping = new AbortController();

  constructor(deps: DueTimerDeps) {
    this.#deps = deps;
  }

  /** Looks again when the next one is due: something was set. */
  arm(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#stopping.signal.aborted || this.#running) return;
    const { writer, clock, works } = this.#deps;
    const dues = writer.read((db) => works.map((work) => work.nextDue(db))).filter((due) => due !== null);
    if (dues.length === 0) return;
    const left = Math.max(0, Math.min(...dues) - clock.now());
    const look = left > LONGEST_WAIT_MS ? () => this.arm() : () => void this.fire();
    this.#cancel = clock.after(Math.min(left, LONGEST_WAIT_MS), look);
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
    for (const work of this.#deps.works) while (!this.#stopping.signal.aborted && (await this.#fireBatch(work)) > 0);
  }

  async #fireBatch(work: DueWork): Promise<number> {
    const { writer, clock, log } = this.#deps;
    let begun = 0;
    try {
      const fired = await writer.writeBehind((tx) => {
        begun = clock.monotonic();
        return work.fire(tx, this.#batch);
      });
      if (fired === this.#batch) this.#adapt(clock.monotonic() - begun);
      return fired;
    } catch (error) {
      if (this.#stopping.signal.aborted) return 0;
      log.error({ err: error }, 'due work could not be stored');
      await pause(clock, RETRY_MS, this.#stopping.signal);
      return 0;
    }
  }

  /** How many fire next, after a full batch took `ms`: at most twice as many. */
  #adapt(ms: number): void {
    this.#paces = [...this.#paces, ms / this.#batch].slice(-PACES);
    const fit = Math.min(Math.round(BATCH_MS / Math.min(...this.#paces)), this.#batch * 2);
    this.#batch = Math.min(Math.max(fit, BATCH.least), BATCH.most);
  }
}
