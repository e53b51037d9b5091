import type { Database } from 'better-sqlite3';
import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import { HiveError } from '#src/lib/errors.ts';
import type { HiveEvent } from '#src/protocol/events.ts';
import type { Tx } from './api.ts';
import { insertEvents } from './event-store.ts';
import { GroupTx } from './group-tx.ts';
import type { Memory } from './memory.ts';
import { isBroken, isFull } from './storage-error.ts';

/** One queued write. */
export interface Operation {
  work(tx: Tx): unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

interface GroupDeps {
  db: Database;
  /** What is remembered from one group to the next (`Tx.remembered`). */
  memory: Memory;
  /** The reserve is in use. */
  full: boolean;
  clock: Clock;
  log: Pick<Logger, 'error'>;
}

/** The operations of one transaction: runs them, commits, then settles their callers. Used once, inside a transaction that has begun. */
export class Group {
  /** Events of the operations that were kept, once they are committed. */
  events: HiveEvent[] = [];
  readonly #deps: GroupDeps;
  readonly #operations: Operation[];
  readonly #outcomes: (() => void)[] = [];
  readonly #tx: GroupTx;

  constructor(deps: GroupDeps, operations: Operation[]) {
    this.#deps = deps;
    this.#operations = operations;
    this.#tx = new GroupTx(deps.db, deps.memory, { now: deps.clock.now(), full: deps.full });
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
      this.events = insertEvents(db, this.#tx.now, this.#tx.events);
      db.prepare('COMMIT').run();
      return undefined;
    } catch (error) {
      this.#rollback();
      return { error };
    }
  }

  /** Tells everybody whose operation is durable now. */
  settle(): void {
    for (const fn of this.#tx.after) this.#guard(fn);
    for (const settle of this.#outcomes) settle();
  }

  reject(error: HiveError): void {
    for (const operation of this.#operations) operation.reject(error);
  }

  /** Savepoints cost a third of a send: first everything runs without. False when something threw, and nothing of it may stay. */
  #runPlainly(): boolean {
    try {
      for (const { work, resolve } of this.#operations) {
        const value = this.#runWork(work);
        this.#outcomes.push(() => resolve(value));
      }
      this.#tx.late.flush();
      for (const work of this.#tx.before.values()) this.#runWork(work);
      this.#tx.late.flush();
      return true;
    } catch (error) {
      if (this.#endsGroup(error)) throw error;
      this.#forget(0, 0, 0);
      this.#tx.before.clear();
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
    for (const [key, work] of this.#tx.before) {
      const result = this.#inSavepoint(work);
      if ('error' in result) this.#deps.log.error({ err: result.error, key }, 'work before the commit failed');
    }
  }

  /** What `work` threw undoes it alone; an error of the storage ends the whole group. */
  #inSavepoint(work: (tx: Tx) => unknown): { value: unknown } | { error: unknown } {
    const { db } = this.#deps;
    const { events, after, undo, late } = this.#tx;
    const kept = [events.length, after.length, undo.length] as const;
    db.prepare('SAVEPOINT operation').run();
    try {
      const value = this.#runWork(work);
      late.flush();
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
    const tx = this.#tx;
    tx.forget();
    tx.events.length = events;
    tx.after.length = after;
    for (const fn of tx.undo.splice(undo).reverse()) this.#guard(fn);
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
