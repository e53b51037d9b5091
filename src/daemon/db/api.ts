import type { Database } from 'better-sqlite3';
import type { EventBody, HiveEvent } from '#src/protocol/events.ts';

import type { Value } from './bulk-store.ts';
import type { LateChange, LateInsert } from './late-rows.ts';

export type { Database };

/** What an operation sees inside the group's transaction. Synchronous: never `await` in it. */
export interface Tx {
  /** With everything that was put off: it is written when somebody asks for this. Ask anew after something was put off. */
  readonly db: Database;
  /** Without it, for statements that it cannot concern, and that change nothing that is remembered: so more of it is written together. */
  readonly beside: Database;
  /** What `read` answered when it was last asked under `key`: it is remembered until an operation asks for `db`, with which it may change everything, puts a change off, or is undone. */
  remembered<T>(key: string, read: (db: Database) => T): T;
  /** Inserts a row together with others of its table, before the COMMIT; answers its id. What the table refuses is told like what an operation throws. */
  insertLate(insert: LateInsert, row: readonly Value[]): number;
  /** Makes a change together with others of its kind, before the COMMIT and before the rows that were put off until then. */
  changeLate<Row>(change: LateChange<Row>, row: Row): void;
  /** Wall time of the operation, epoch ms; one value per group. */
  now: number;
  /** Writes an event row right before the COMMIT; subscribers get it after. */
  emit(event: EventBody): void;
  /** The disk is full and the reserve in use: what can be refused must be (`refuseWhenFull`). */
  full: boolean;
  /** Runs `fn` after the commit (never after a rollback): to settle waiters, to wake workers. */
  afterCommit(fn: () => void): void;
  /** Runs `fn` when what the operation did is undone, the last one first: for what is kept in memory and follows the transaction. */
  ifUndone(fn: () => void): void;
  /**
   * Runs `fn` in the same transaction once every operation of the group has run and all that they put off is written, right before the COMMIT; once per `key`, whoever asked first. What it
   * throws undoes only itself and is logged.
   */
  beforeCommit(key: string, fn: (tx: Tx) => void): void;
}

/** The one way to change the database: operations of one event-loop tick share a transaction at `synchronous=FULL` (DESIGN §6). */
export interface Writer {
  /**
   * Queues `work`; it runs within the tick's transaction. It may run twice, the first time for nothing: whatever it does goes through `tx`. Resolves with its
   * result once the commit is durable. Rejects with what `work` threw (nothing of it is kept), or with `unavailable` ("unknown: retry with the same key") when the COMMIT failed.
   * `lane` is whom fairness counts: lanes take turns, at most 200 operations per transaction.
   */
  write<T>(lane: string, work: (tx: Tx) => T): Promise<T>;
  /**
   * The same for what is in no hurry: it keeps its place in its lane, but waits up to 20 ms for a transaction that others begin, so that much of it costs few
   * commits.
   */
  writeSoon<T>(lane: string, work: (tx: Tx) => T): Promise<T>;
  /** The same for work in batches that nobody waits for: in a transaction of its own, behind one group of what others write or 2 ms of them. */
  writeBehind<T>(work: (tx: Tx) => T): Promise<T>;
  /** Reads outside any write; sees what was committed. Short reads only. */
  read<T>(query: (db: Database) => T): T;
  /** Operations wait, or several came at once a moment ago: what can wait lets them pass. */
  busy(): boolean;
  /** True while the disk is full: what ends work is stored from the reserve, what begins some is refused. */
  full(): boolean;
}

/** The writer as its owner sees it. */
export interface GroupWriter extends Writer {
  /** Calls `listener` with every group's events after its commit, in order; the returned function ends it. */
  onEvents(listener: (events: HiveEvent[]) => void): () => void;
  /** Refuses new operations (`unavailable`) and resolves when those already queued are settled. The database stays open. */
  [Symbol.asyncDispose](): Promise<void>;
}
