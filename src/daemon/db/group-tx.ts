import type { Database } from 'better-sqlite3';
import type { EventBody } from '#src/protocol/events.ts';
import type { Tx } from './api.ts';
import type { Value } from './bulk-store.ts';
import { LateRows } from './late-rows.ts';
import type { LateChange, LateInsert } from './late-rows.ts';
import type { Memory } from './memory.ts';

/** A group's transaction as its operations see it, and what they left to be done. */
export class GroupTx implements Tx {
  readonly beside: Database;
  readonly now: number;
  readonly full: boolean;
  readonly events: EventBody[] = [];
  readonly after: (() => void)[] = [];
  readonly undo: (() => void)[] = [];
  readonly before = new Map<string, (tx: Tx) => void>();
  readonly late: LateRows;
  readonly #memory: Memory;

  /** `memory` is what the groups before left of what is remembered. */
  constructor(db: Database, memory: Memory, { now, full }: Pick<Tx, 'now' | 'full'>) {
    this.beside = db;
    this.now = now;
    this.full = full;
    this.late = new LateRows(db, now);
    this.#memory = memory;
  }

  get db(): Database {
    this.late.flush();
    this.#memory.forget();
    return this.beside;
  }

  remembered<T>(key: string, read: (db: Database) => T): T {
    if (this.late.concernsMemory) this.late.flush();
    const known = this.#memory.get(key);
    if (known !== undefined) return known as T;
    const found = read(this.beside);
    this.#memory.set(key, found);
    return found;
  }

  /** Nothing of it is kept. */
  forget(): void {
    this.late.forget();
    this.#memory.forget();
  }

  insertLate(insert: LateInsert, row: readonly Value[]): number {
    if (insert.table.remembered) this.#memory.forget();
    return this.late.add(insert, row);
  }

  changeLate<Row>(change: LateChange<Row>, row: Row): void {
    this.#memory.forget();
    this.late.change(change, row);
  }

  emit(event: EventBody): void {
    this.events.push(event);
  }

  afterCommit(fn: () => void): void {
    this.after.push(fn);
  }

  ifUndone(fn: () => void): void {
    this.undo.push(fn);
  }

  beforeCommit(key: string, fn: (tx: Tx) => void): void {
    if (!this.before.has(key)) this.before.set(key, fn);
  }
}
