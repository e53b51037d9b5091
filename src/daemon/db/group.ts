import type { Database } from 'better-sqlite3';
import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import { HiveError } from '#src/lib/errors.ts';
import type { HiveEvent } from '#src/protocol/events.ts';
import type { Tx } from './api.ts';
import { insertEvent } from './event-store.ts';
import { isBroken, isFull } from './storage-error.ts';

/** One queued write. */
export interface Operation {
  work(tx: Tx): unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

interface GroupDeps {
  db: Database;
  clock: Clock;
  log: Pick<Logger, 'error'>;
}

/** The operations of one transaction: runs each in a savepoint, commits, then settles their callers. Used once, inside a transaction that has begun. */
export class Group {
  /** Events of the operations that were kept. */
  readonly events: HiveEvent[] = [];
  readonly #deps: GroupDeps;
  readonly #operations: Operation[];
  readonly #after: (() => void)[] = [];
  readonly #before = new Map<string, (tx: Tx) => void>();
  readonly #outcomes: (() => void)[] = [];
  readonly #tx: Tx;

  constructor(deps: GroupDeps, operations: Operation[]) {
    this.#deps = deps;
    this.#operations = operations;
    this.#tx = this.#open();
  }

  /** Runs and commits; answers the storage's error when nothing was kept, or when nobody knows. */
  run(): { error: unknown } | undefined {
    try {
      for (const operation of this.#operations) this.#runOne(operation);
      this.#runBefore();
      this.#deps.db.prepare('COMMIT').run();
      return undefined;
    } catch (error) {
      this.#rollback();
      return { error };
    }
  }

  /** Tells everybody whose operation is durable now. */
  settle(): void {
    for (const fn of this.#after) this.#guard(fn);
    for (const settle of this.#outcomes) settle();
  }

  reject(error: HiveError): void {
    for (const operation of this.#operations) operation.reject(error);
  }

  #open(): Tx {
    const now = this.#deps.clock.now();
    return {
      db: this.#deps.db,
      now,
      emit: (event) => void this.events.push(insertEvent(this.#deps.db, now, event)),
      afterCommit: (fn) => void this.#after.push(fn),
      beforeCommit: (key, fn) => {
        if (!this.#before.has(key)) this.#before.set(key, fn);
      },
    };
  }

  #runOne(operation: Operation): void {
    const result = this.#inSavepoint(operation.work);
    this.#outcomes.push(
      'error' in result ? () => operation.reject(result.error) : () => operation.resolve(result.value),
    );
  }

  /** Work may ask for more of it while it runs: a Map's iteration sees what is added. */
  #runBefore(): void {
    for (const [key, work] of this.#before) {
      const result = this.#inSavepoint(work);
      if ('error' in result) this.#deps.log.error({ err: result.error, key }, 'work before the commit failed');
    }
  }

  /** What `work` threw undoes it alone; an error of the storage ends the whole group. */
  #inSavepoint(work: (tx: Tx) => unknown): { value: unknown } | { error: unknown } {
    const { db } = this.#deps;
    const kept = [this.events.length, this.#after.length] as const;
    db.prepare('SAVEPOINT operation').run();
    try {
      const value = work(this.#tx);
      if (value instanceof Promise) throw new HiveError('internal', 'a write must not be asynchronous');
      db.prepare('RELEASE operation').run();
      return { value };
    } catch (error) {
      if (!db.inTransaction || isFull(error) || isBroken(error)) throw error;
      db.prepare('ROLLBACK TO operation').run();
      db.prepare('RELEASE operation').run();
      this.events.length = kept[0];
      this.#after.length = kept[1];
      return { error };
    }
  }

  #rollback(): void {
    try {
      if (this.#deps.db.inTransaction) this.#deps.db.prepare('ROLLBACK').run();
    } catch (error) {
      this.#deps.log.error({ err: error }, 'rollback failed');
    }
  }

  #guard(fn: () => void): void {
    try {
      fn();
    } catch (error) {
      this.#deps.log.error({ err: error }, 'work after the commit failed');
    }
  }
}
