import type { Database } from 'better-sqlite3';
import { insertRows } from './bulk-store.ts';
import type { RowInsert, Value } from './bulk-store.ts';

/** A table whose rows can be inserted late. Its ids only grow. */
export interface LateTable {
  /** Its latest id. */
  findLastId(db: Database): number;
  /** The table that its rows name, which is filled before. */
  after?: LateTable;
  /** What `Tx.remembered` answers may depend on its rows. */
  remembered?: boolean;
}

/** Looks up the latest id of a table; 0 while it has no rows. */
export function lastIdOf(table: 'turns' | 'leases' | 'messages' | 'deliveries'): (db: Database) => number {
  const sql = `SELECT coalesce(max(id), 0) AS id FROM ${table}`;
  return (db) => db.prepare<[], { id: number }>(sql).get()?.id ?? 0;
}

/** How rows of one shape are inserted late: the first value of each is its id. */
export interface LateInsert extends RowInsert {
  table: LateTable;
}

/** Changes of one kind that cost less together than each by itself; a constant, as it is what they are gathered by. */
export interface LateChange<Row> {
  /** Makes all of them, in the order in which they came. What it throws undoes what asked for them. */
  make(db: Database, rows: readonly Row[], now: number): void;
}

/** So many rows of one shape wait at most. */
const MOST_ROWS = 64;

/**
 * Rows that the operations of a group insert, and change, together: one statement for 64 of them costs half of one for each. Whoever reads must {@link flush} before.
 * Changes are made before rows are inserted, kinds in the order of their first row. Ids are handed out in memory and looked up anew after whatever may have changed the table.
 */
export class LateRows {
  readonly #db: Database;
  readonly #now: number;
  readonly #changes = new Map<LateChange<unknown>, unknown[]>();
  readonly #values = new Map<LateInsert, Value[]>();
  readonly #lastIds = new Map<LateTable, number>();
  #concernsMemory = false;

  constructor(db: Database, now: number) {
    this.#db = db;
    this.#now = now;
  }

  /** Something was put off on which what is remembered may depend. */
  get concernsMemory(): boolean {
    return this.#concernsMemory;
  }

  /** Puts a row off, without its id; answers the id. */
  add(insert: LateInsert, row: readonly Value[]): number {
    if (insert.table.remembered) this.#concernsMemory = true;
    const id = (this.#lastIds.get(insert.table) ?? insert.table.findLastId(this.#db)) + 1;
    this.#lastIds.set(insert.table, id);
    const waiting = this.#values.get(insert);
    if (!waiting) this.#values.set(insert, [id, ...row]);
    else if (waiting.push(id, ...row) >= MOST_ROWS * insert.width) this.#write();
    return id;
  }

  /** Puts a change off. */
  change<Row>(kind: LateChange<Row>, row: Row): void {
    this.#concernsMemory = true;
    const waiting = this.#changes.get(kind);
    if (waiting) waiting.push(row);
    else this.#changes.set(kind, [row]);
  }

  /** Writes what was put off; after it everything may be read, and changed. */
  flush(): void {
    this.#write();
    this.#lastIds.clear();
  }

  /** What was put off is undone. */
  forget(): void {
    this.#concernsMemory = false;
    this.#changes.clear();
    this.#values.clear();
    this.#lastIds.clear();
  }

  #write(): void {
    this.#concernsMemory = false;
    if (this.#changes.size > 0) this.#makeChanges();
    if (this.#values.size > 0) this.#insert();
  }

  #makeChanges(): void {
    const changes = [...this.#changes];
    this.#changes.clear();
    for (const [kind, rows] of changes) kind.make(this.#db, rows, this.#now);
  }

  #insert(): void {
    const inserts = [...this.#values].toSorted(([one], [other]) => depth(one.table) - depth(other.table));
    this.#values.clear();
    for (const [insert, values] of inserts) insertRows(this.#db, insert, values);
  }
}

function depth({ after }: LateTable): number {
  return after ? depth(after) + 1 : 0;
}
