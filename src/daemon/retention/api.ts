import type { Tx } from '../db/index.ts';

/** Forgets what is old, by the one table of policies. */
export interface Retention extends AsyncDisposable {
  /** Runs once an hour from now on. */
  start(): void;
  /**
   * Goes through all tables once, in short transactions, and lets everybody else pass in between. Resolves with how many rows went, by table; a run that fails
   * or is stopped is taken up by the next one.
   */
  run(): Promise<Record<string, number>>;
}

/** What retention needs of the broker; handed over by context.ts. */
export interface RetentionHooks {
  /** Messages are about to be deleted: forgets what is kept beside them. */
  forgetMessages(tx: Tx, messages: readonly number[]): void;
  /** Compares the queues in memory with their table, once a run went through all tables. */
  checkQueues(): Promise<unknown>;
}
