import { methods } from '../src/protocol/methods/index.ts';
import { withRetry } from '../src/protocol/retry.ts';
import type { Client } from '../src/protocol/client.ts';
import { sayHello } from './wake.ts';

/** An idle agent as its harness behaves: says hello, waits in `next`, and comes back when its connection is cut. */
export class Poller {
  readonly #folder: string;
  readonly #agent: string;
  readonly #stopping = new AbortController();
  #client: Client | undefined;
  #polling: Promise<void>;

  constructor(folder: string, agent: string) {
    this.#folder = folder;
    this.#agent = agent;
    this.#polling = this.#poll();
  }

  /** Resolves once its `next` waits in the daemon. */
  polling(): Promise<void> {
    return this.#polling;
  }

  /** Resolves once it does so again, over another connection. */
  async again(): Promise<void> {
    await this.#client?.closed;
    this.#polling = this.#poll();
    await this.#polling;
  }

  stop(): void {
    this.#stopping.abort();
    this.#client?.close();
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stopping;
    const { value } = await withRetry(() => sayHello(this.#folder, this.#agent), { signal });
    this.#client = value;
    value.call(methods.next, { max: 4 }).catch(() => undefined);
    // Calls of one agent are served in order: its answer says that `next` waits.
    await value.call(methods.recv, { max: 1 });
  }
}
