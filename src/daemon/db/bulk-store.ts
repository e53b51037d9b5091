import type { Database } from 'better-sqlite3';

/** A value of a row. */
export type Value = string | number | null;

/** Rows of one INSERT, as many as there are: a call of its own for each row costs more than the row. */
const AT_ONCE = [64, 32, 16, 8, 4, 2, 1];

/** How rows of one shape are inserted. */
export interface RowInsert {
  /** Values of a row. */
  width: number;
  /** The most rows first. */
  steps: { rows: number; sql: string }[];
}

/** Builds a {@link RowInsert}: `into` is the statement up to its columns, `row` a row of it with a `?` for each value. */
export function rowInsert(into: string, row: string): RowInsert {
  return {
    width: row.split('?').length - 1,
    steps: AT_ONCE.map((rows) => ({ rows, sql: `${into} VALUES ${row}${`, ${row}`.repeat(rows - 1)}` })),
  };
}

/** Inserts rows in order, their values one row after the other; answers the id of the last one. */
export function insertRows(db: Database, { width, steps }: RowInsert, values: readonly Value[]): number {
  let last = 0;
  let from = 0;
  for (const { rows, sql } of steps) {
    for (const many = rows * width; values.length - from >= many; from += many) {
      const some = values.length === many ? values : values.slice(from, from + many);
      last = Number(db.prepare(sql).run(...some).lastInsertRowid);
    }
  }
  return last;
}
