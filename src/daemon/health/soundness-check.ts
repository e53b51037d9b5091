import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import { logTrouble, markSuspect } from '../db/index.ts';
import type { Soundness, Writer } from '../db/index.ts';
import type { RunOwn } from '../host/api.ts';

const PROGRAM = join(import.meta.dirname, '../db/soundness/check-main.ts');
/** How often it is seen after whether the check keeps the log from beginning anew. */
const LOOK_MS = 500;
/** Pause after a check that was ended for the log's sake, or failed. */
const AGAIN_MS = 10 * 60_000;
/** Pause after one that read everything. */
const NEXT_MS = 24 * 3_600_000;

/** What checking needs; `afterMs` = how long after the start the first check begins. */
export interface SoundnessDeps {
  file: string;
  writer: Writer;
  runOwn: RunOwn;
  clock: Clock;
  log: Pick<Logger, 'error' | 'info'>;
  afterMs: number;
}

/**
 * Reads the whole database once a day in a process of its own, which is killed when its transactions let the log grow (FACTS/faults-and-attacks F18, F20). A
 * damaged page is told, and makes the next start look at every page.
 */
export class SoundnessCheck implements AsyncDisposable {
  readonly #deps: SoundnessDeps;
  readonly #stop = new AbortController();
  #cancel: () => void;
  #running: Promise<unknown> = Promise.resolve();
  #found: Soundness = { problem: null, damaged: [] };

  constructor(deps: SoundnessDeps) {
    this.#deps = deps;
    this.#cancel = deps.clock.after(deps.afterMs, () => this.#begin());
  }

  /** What the last whole check found. */
  get found(): Soundness {
    return this.#found;
  }

  /** Reads everything now, beside the daily check; null when it could not be read to the end (the log says why). */
  async now(): Promise<Soundness | null> {
    const check = this.#check();
    this.#running = Promise.all([this.#running, check]);
    return (await check) === NEXT_MS ? this.#found : null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cancel();
    this.#stop.abort();
    await this.#running;
  }

  #begin(): void {
    this.#running = this.#checkAndWait();
  }

  async #checkAndWait(): Promise<void> {
    const pause = await this.#check();
    if (!this.#stop.signal.aborted) this.#cancel = this.#deps.clock.after(pause, () => this.#begin());
  }

  async #check(): Promise<number> {
    const { file, log, runOwn } = this.#deps;
    const ended = new AbortController();
    const unwatch = this.#watchLog(ended);
    try {
      const text = await runOwn(PROGRAM, [file], AbortSignal.any([ended.signal, this.#stop.signal]));
      this.#found = JSON.parse(text) as Soundness;
    } catch (error) {
      if (!ended.signal.aborted && !this.#stop.signal.aborted)
        log.error({ err: error }, 'the database could not be checked');
      return AGAIN_MS;
    } finally {
      unwatch();
    }
    this.#tell();
    return NEXT_MS;
  }

  #tell(): void {
    const { file, log } = this.#deps;
    const { problem, damaged } = this.#found;
    if (problem !== null) markSuspect(file);
    if (problem === null && damaged.length === 0) log.info('the database was read through: all is sound');
    else log.error({ problem, damaged: damaged.slice(0, 100) }, 'the database is damaged');
  }

  #watchLog(ended: AbortController): () => void {
    const { clock, log, writer } = this.#deps;
    let cancel = (): void => undefined;
    const look = (): void => {
      if (writer.read(logTrouble) === undefined) return void (cancel = clock.after(LOOK_MS, look));
      log.info('the check of the database was ended: the log grew meanwhile');
      ended.abort();
    };
    cancel = clock.after(LOOK_MS, look);
    return () => cancel();
  }
}
