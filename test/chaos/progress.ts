import { EventEmitter, on } from 'node:events';

/** Counts of a run that its parts wait for. */
export interface Counts {
  confirmed: number;
  seen: number;
  /** Senders stop here until the next faults have happened, so that faults hit a hive that works. */
  limit: number;
}

/** Where a run stands; whoever waits is told at every step. */
export class Progress {
  readonly counts: Counts = { confirmed: 0, seen: 0, limit: 0 };
  readonly #changes = new EventEmitter().setMaxListeners(0);

  set(change: Partial<Counts>): void {
    Object.assign(this.counts, change);
    this.#changes.emit('change');
  }

  /** Resolves once `condition` holds; rejects when `signal` aborts. */
  async until(condition: (counts: Counts) => boolean, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (condition(this.counts)) return;
    for await (const _ of on(this.#changes, 'change', { signal })) if (condition(this.counts)) return;
  }
}
