import type { Database } from 'better-sqlite3';
import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import { HiveError } from '#src/lib/errors.ts';
import type { EventBody, HiveEvent } from '#src/protocol/events.ts';
import type { Tx } from './api.ts';
import { insertEvents } from './event-store.ts';
import { isBroken, isFull } from './storage-error.ts';

/** One queued write. */
export interface Operation {
  work(tx: Tx): unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

interface GroupDeps {
  db: Database;
  /** The reserve is in use. */
  full: boolean;
  clock: Clock;
  log: Pick<Logger, 'error'>;
}

/** The operations of one transaction: runs them, commits, then settles their callers. Used once, inside a transaction that has begun. */
export class Group {
  /** Events of the operations that were kept, once they are committed. */
  events: HiveEvent[] = [];
  readonly #emitted: EventBody[] = [];
  readonly #deps: GroupDeps;
  readonly #operations: Operation[];
  readonly #after: (() => void)[] = [];
  readonly #undo: (() => void)[] = [];
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
    const { db } = this.#deps;
    try {
      if (!this.#runPlainly()) {
        db.prepare('ROLLBACK').run();
        db.prepare('BEGIN IMMEDIATE').run();
        this.#runGuarded();
      }
      this.events = insertEvents(db, this.#tx.now, this.#emitted);
      db.prepare('COMMIT').run();
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
      full: this.#deps.full,
      emit: (event) => void this.#emitted.push(event),
      afterCommit: (fn) => void this.#after.push(fn),
      ifUndone: (fn) => void this.#undo.push(fn),
      beforeCommit: (key, fn) => {
        if (!this.#before.has(key)) this.#before.set(key, fn);
      },
    };
  }

  /** Savepoints cost a third of a send: first everything runs without. False when something threw, and nothing of it may stay. */
  #runPlainly(): boolean {
    try {
      for (const { work, resolve } of this.#operations) {
        const value = this.#runWork(work);
        this.#outcomes.push(() => resolve(value));
      }
      for (const work of this.#before.values()) this.#runWork(work);
      return true;
    } catch (error) {
      if (this.#endsGroup(error)) throw error;
      this.#forget(0, 0, 0);
      this.#before.clear();
      this.#outcomes.length = 0;
      return false;
    }
  }

  /** Runs everything again, each in a savepoint, so that what throws undoes itself alone. */
  #runGuarded(): void {
    for (const operation of this.#operations) {
      const result = this.#inSavepoint(operation.work);
      this.#outcomes.push(
        'error' in result ? () => operation.reject(result.error) : () => operation.resolve(result.value),
      );
    }
    for (const [key, work] of this.#before) {
      const result = this.#inSavepoint(work);
      if ('error' in result) this.#deps.log.error({ err: result.error, key }, 'work before the commit failed');
    }
  }

  /** What `work` threw undoes it alone; an error of the storage ends the whole group. */
  #inSavepoint(work: (tx: Tx) => unknown): { value: unknown } | { error: unknown } {
    const { db } = this.#deps;
    const kept = [this.#emitted.length, this.#after.length, this.#undo.length] as const;
    db.prepare('SAVEPOINT operation').run();
    try {
      const value = this.#runWork(work);
      db.prepare('RELEASE operation').run();
      return { value };
    } catch (error) {
      if (this.#endsGroup(error)) throw error;
      db.prepare('ROLLBACK TO operation').run();
      db.prepare('RELEASE operation').run();
      this.#forget(...kept);
      return { error };
    }
  }

  #runWork(work: (tx: Tx) => unknown): unknown {
    const value = work(this.#tx);
    if (value instanceof Promise) throw new HiveError('internal', 'a write must not be asynchronous');
    return value;
  }

  #endsGroup(error: unknown): boolean {
    return !this.#deps.db.inTransaction || isFull(error) || isBroken(error);
  }

  #forget(events: number, after: number, undo: number): void {
    this.#emitted.length = events;
    this.#after.length = after;
    for (const fn of this.#undo.splice(undo)) this.#guard(fn);
  }

  #rollback(): void {
    this.#forget(0, 0, 0);
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
      this.#deps.log.error({ err: error }, 'work after the transaction failed');
    }
  }
}
