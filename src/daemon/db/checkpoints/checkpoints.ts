import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Database } from 'better-sqlite3';
import type { Logger } from 'pino';
import { isBroken } from '../storage-error.ts';
import { noteTail } from '../soundness/log-tail.ts';
import { LONG_LOG_PAGES, logTrouble } from './log-trouble.ts';
import { measureLog } from './measure-log.ts';
import type { Answer, Order } from './messages.ts';

/** Pages in the log that are worth moving (4 MiB). */
const WORTH_PAGES = 1000;
/** A log of this length shall begin anew (16 MiB) … */
const RESTART_PAGES = 4000;
/** … and so few pages are moved while writes wait: about a millisecond. */
const SHORT_PAGES = 200;
/** Rounds beside writes that fill the log as fast as it is emptied; then they wait for one. */
const MOST_ROUNDS = 4;

/** What moving the log needs. */
export interface CheckpointDeps {
  db: Database;
  log: Pick<Logger, 'error'>;
  /** The storage failed in a way that must not be retried. */
  broken(error: unknown): void;
  /** Writes may go on. */
  released(): void;
}

/**
 * Moves the write-ahead log into the database file, in a thread of its own. The log only begins anew when all of it was moved and nothing was written
 * since: so the last few pages are moved while writes are held, without blocking anybody.
 */
export class Checkpoints implements AsyncDisposable {
  readonly #deps: CheckpointDeps;
  #worker: Worker | undefined;
  #asked = false;
  #closing = false;
  #holding = false;
  #ended = false;
  #rounds = 0;
  #told = false;
  /** Pages in the log at the last attempt: another one is worth it when there are more. */
  #tried = 0;

  constructor(deps: CheckpointDeps) {
    this.#deps = deps;
  }

  /** The log is long and all but moved: while true what can wait must, so that little is left to be moved; `released` tells when it ends. */
  get closing(): boolean {
    return this.#closing;
  }

  /** While true nobody may write; `released` tells when it ends. */
  get holding(): boolean {
    return this.#holding;
  }

  /** To be called after each commit. */
  committed(): void {
    const { log, checkpointed } = measureLog(this.#deps.db);
    noteTail(this.#deps.db, log);
    if (this.#asked || this.#ended) return;
    if (log < this.#tried) this.#beginAnew();
    if (log - Math.max(checkpointed, this.#tried) >= WORTH_PAGES) this.#ask();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    this.#release();
    const worker = this.#worker;
    if (!worker) return;
    worker.ref();
    const exited = once(worker, 'exit');
    worker.postMessage('end' satisfies Order);
    await exited;
  }

  #ask(): void {
    this.#asked = true;
    this.#rounds++;
    this.#worker ??= this.#start();
    this.#worker.postMessage('move' satisfies Order);
  }

  #start(): Worker {
    const worker = new Worker(new URL('checkpoint-thread.ts', import.meta.url), { workerData: this.#deps.db.name });
    worker.unref();
    worker.on('message', (answer: Answer) => this.#onAnswer(answer));
    worker.on('error', (err) => this.#deps.log.error({ err }, 'the thread that moves the log failed'));
    worker.on('exit', () => {
      this.#worker = undefined;
      if (this.#asked) this.#settle(this.#tried + WORTH_PAGES);
    });
    return worker;
  }

  #onAnswer(answer: Answer): void {
    if ('failed' in answer) return this.#onFailure(answer.failed);
    const { moved } = answer;
    if (moved.checkpointed < moved.log && moved.log >= LONG_LOG_PAGES) this.#tell();
    const enough = moved.checkpointed < moved.log || moved.log < RESTART_PAGES;
    if (this.#ended || this.#holding || enough) return this.#settle(moved.log);
    const { log, checkpointed } = measureLog(this.#deps.db);
    const left = log - checkpointed;
    if (left === 0) return this.#settle(moved.log);
    this.#holding = this.#closing && (left <= SHORT_PAGES || this.#rounds >= MOST_ROUNDS);
    this.#closing = true;
    this.#ask();
  }

  #beginAnew(): void {
    this.#tried = 0;
    this.#told = false;
  }

  /** Once for each time that the log grows long. */
  #tell(): void {
    if (this.#told) return;
    this.#told = true;
    this.#deps.log.error({ trouble: logTrouble(this.#deps.db) }, 'the log of the database cannot begin anew');
  }

  #onFailure({ message, code }: { message: string; code: string | undefined }): void {
    const error = Object.assign(new Error(message), code !== undefined && { code });
    this.#settle(this.#tried + WORTH_PAGES);
    if (isBroken(error)) return this.#deps.broken(error);
    this.#deps.log.error({ err: error }, 'the log could not be moved into the database: tried again later');
  }

  #settle(tried: number): void {
    this.#asked = false;
    this.#rounds = 0;
    this.#tried = tried;
    this.#release();
  }

  #release(): void {
    if (!this.#closing) return;
    this.#closing = false;
    this.#holding = false;
    this.#deps.released();
  }
}
