import type { Database } from 'better-sqlite3';
import type { EventBody } from '#src/protocol/events.ts';

/** What an operation sees inside the group's transaction. Synchronous: never `await` in it. */
export interface Tx {
  db: Database;
  /** Wall time of the operation, epoch ms; one value per group. */
  now: number;
  /** Writes an event row; subscribers get it after the commit. */
  emit(event: EventBody): void;
  /** Runs `fn` after the commit (never after a rollback): to settle waiters, to wake workers. */
  afterCommit(fn: () => void): void;
}

/** The one way to change the database: operations of one event-loop tick share a transaction at `synchronous=FULL` (DESIGN §6). */
export interface Writer {
  /**
   * Queues `work`; it runs in its own savepoint within the tick's transaction. Resolves with its result once the commit is durable. Rejects with what
   * `work` threw (nothing of it is kept), or with `unavailable` ("unknown: retry with the same key") when the COMMIT failed.
   * `lane` is whom fairness counts: lanes take turns, at most 200 operations per transaction.
   */
  write<T>(lane: string, work: (tx: Tx) => T): Promise<T>;
  /** Reads outside any write; sees what was committed. Short reads only. */
  read<T>(query: (db: Database) => T): T;
}
