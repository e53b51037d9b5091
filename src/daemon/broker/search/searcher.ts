import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import { HiveError } from '#src/lib/errors.ts';
import type { FlowMessage } from '#src/protocol/shapes.ts';
import type { Search } from './search-messages.ts';

/** What the thread is asked; `end` = close the connection, which nobody else does, and go. */
export type Order = { id: number; input: Search } | 'end';

/** What it answers. */
export type Answer = { id: number; found: FlowMessage[] } | { id: number; failed: string };

/** A thread that nobody asked for so long ends. */
const IDLE_MS = 60_000;
/** Searches that may wait for the thread; one that takes long takes two seconds. */
const MOST_WAITING = 16;

interface SearcherDeps {
  clock: Clock;
  log: Pick<Logger, 'error'>;
  /** The database's path. */
  file(): string;
}

/** Searches in a thread of its own, which is there while somebody searches. */
export class Searcher implements AsyncDisposable {
  readonly #deps: SearcherDeps;
  readonly #waiting = new Map<number, PromiseWithResolvers<FlowMessage[]>>();
  #thread: Worker | undefined;
  #stopIdling: (() => void) | undefined;
  #orders = 0;
  #ended = false;

  constructor(deps: SearcherDeps) {
    this.#deps = deps;
  }

  /** Messages that match, newest first. Throws `limited` when too many searches wait already, `unavailable` when the thread ended under it. */
  search(input: Search): Promise<FlowMessage[]> {
    if (this.#ended)
      return Promise.reject(new HiveError('unavailable', 'the hive is stopping: search again once it is back'));
    if (this.#waiting.size >= MOST_WAITING)
      return Promise.reject(
        new HiveError('limited', `${MOST_WAITING} searches wait already: try again in a few seconds`),
      );
    const id = ++this.#orders;
    const answer = Promise.withResolvers<FlowMessage[]>();
    this.#waiting.set(id, answer);
    this.#stopIdling?.();
    this.#thread ??= this.#start();
    this.#thread.postMessage({ id, input } satisfies Order);
    return answer.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    this.#stopIdling?.();
    await this.#end();
  }

  #start(): Worker {
    const thread = new Worker(new URL('search-thread.ts', import.meta.url), { workerData: this.#deps.file() });
    thread.unref();
    thread.on('message', (answer: Answer) => this.#settle(answer));
    thread.on('error', (err) => this.#deps.log.error({ err }, 'the thread that searches failed'));
    thread.on('exit', () => this.#gone(thread));
    return thread;
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('found' in answer) waiting?.resolve(answer.found);
    else waiting?.reject(new HiveError('internal', `the search failed: ${answer.failed}`));
    if (this.#waiting.size === 0) this.#stopIdling = this.#deps.clock.after(IDLE_MS, () => void this.#end());
  }

  async #end(): Promise<void> {
    const thread = this.#thread;
    this.#gone(thread);
    if (!thread) return;
    thread.ref();
    const exited = new Promise((resolve) => thread.once('exit', resolve));
    thread.postMessage('end' satisfies Order);
    await exited;
  }

  #gone(thread: Worker | undefined): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    for (const waiting of this.#waiting.values())
      waiting.reject(new HiveError('unavailable', 'the thread that searches ended: search again'));
    this.#waiting.clear();
  }
}
