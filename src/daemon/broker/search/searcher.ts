import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import { HiveError } from '#src/lib/errors.ts';
import { Lanes } from '#src/lib/lanes.ts';
import type { Page } from '../views/flow.ts';
import type { Search } from './search-messages.ts';

/** What the thread is asked; `end` = close the connection, which nobody else does, and go. */
export type Order = Search | 'end';

/** What it answers. */
export type Answer = { found: Page } | { failed: string };

/** A thread that nobody asked for so long ends. */
const IDLE_MS = 60_000;
/** Searches of one caller that may wait for the thread; one that takes long takes two seconds. */
const MOST_WAITING = 2;

/** A search that is not answered yet. */
interface Asked extends PromiseWithResolvers<Page> {
  input: Search;
}

interface SearcherDeps {
  clock: Clock;
  log: Pick<Logger, 'error'>;
  /** The database's path. */
  file(): string;
}

/** Searches in a thread of its own, which is there while somebody searches: one at a time, those who search take turns. */
export class Searcher implements AsyncDisposable {
  readonly #deps: SearcherDeps;
  readonly #waiting = new Lanes<Asked>();
  #running: Asked | undefined;
  #thread: Worker | undefined;
  #stopIdling: (() => void) | undefined;
  #ended = false;

  constructor(deps: SearcherDeps) {
    this.#deps = deps;
  }

  /** Messages that match, newest first. Throws `limited` when too many of this caller wait already, `unavailable` when the thread ended under it. */
  search(input: Search): Promise<Page> {
    if (this.#ended)
      return Promise.reject(new HiveError('unavailable', 'the hive is stopping: search again once it is back'));
    const who = input.reader ?? 'operator';
    if (this.#waiting.sizeOf(who) >= MOST_WAITING)
      return Promise.reject(
        new HiveError('limited', `${MOST_WAITING} searches of ${who} wait already: try again in a few seconds`),
      );
    const asked: Asked = { input, ...Promise.withResolvers<Page>() };
    this.#waiting.push(who, asked);
    this.#stopIdling?.();
    if (!this.#running) this.#next();
    return asked.promise;
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

  #next(): void {
    [this.#running] = this.#waiting.take(1);
    if (this.#running) {
      this.#thread ??= this.#start();
      this.#thread.postMessage(this.#running.input satisfies Order);
    } else this.#stopIdling = this.#deps.clock.after(IDLE_MS, () => void this.#end());
  }

  #settle(answer: Answer): void {
    const asked = this.#running;
    this.#next();
    if ('found' in answer) asked?.resolve(answer.found);
    else asked?.reject(new HiveError('internal', `the search failed: ${answer.failed}`));
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
    const lost = [...(this.#running ? [this.#running] : []), ...this.#waiting.take(Infinity)];
    this.#running = undefined;
    for (const asked of lost)
      asked.reject(new HiveError('unavailable', 'the thread that searches ended: search again'));
  }
}
