import type { Database } from 'better-sqlite3';
import { insertRows } from './bulk-store.ts';
import type { RowInsert, Value } from './bulk-store.ts';

/** A table whose rows can be inserted late. Its ids only grow. */
export interface LateTable {
  /** Its latest id. */
  findLastId(db: Database): number;
  /** The table that its rows name, which is filled before. */
  after?: LateTable;
}

/** How rows of one shape are inserted late: the first value of each is its id. */
export interface LateInsert extends RowInsert {
  table: LateTable;
}

/** So many rows of one shape wait at most. */
const MOST_ROWS = 64;

/**
 * Rows that the operations of a group insert together: one statement for 64 of them costs half of one for each. Whoever reads must {@link flush} before. Ids are
 * handed out in memory and looked up anew after whatever may have changed the table.
 */
export class LateRows {
  readonly #db: Database;
  readonly #values = new Map<LateInsert, Value[]>();
  readonly #lastIds = new Map<LateTable, number>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** Puts a row off, without its id; answers the id. */
  add(insert: LateInsert, row: readonly Value[]): number {
    const id = (this.#lastIds.get(insert.table) ?? insert.table.findLastId(this.#db)) + 1;
    this.#lastIds.set(insert.table, id);
    const waiting = this.#values.get(insert);
    if (!waiting) this.#values.set(insert, [id, ...row]);
    else if (waiting.push(id, ...row) >= MOST_ROWS * insert.width) this.#insert();
    return id;
  }

  /** Inserts what was put off; after it everything may be read, and changed. */
  flush(): void {
    this.#insert();
    this.#lastIds.clear();
  }

  /** What was put off is undone. */
  forget(): void {
    this.#values.clear();
    this.#lastIds.clear();
  }

  #insert(): void {
    if (this.#values.size === 0) return;
    const inserts = [...this.#values].toSorted(([one], [other]) => depth(one.table) - depth(other.table));
    this.#values.clear();
    for (const [insert, values] of inserts) insertRows(this.#db, insert, values);
  }
}

function depth({ after }: LateTable): number {
  return after ? depth(after) + 1 : 0;
}
