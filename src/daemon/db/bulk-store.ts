import type { Database } from 'better-sqlite3';

/** Rows of one INSERT: a call of its own for each row costs more than the row. */
const AT_ONCE = 16;

/** Inserts rows in order, `into` being the statement up to its columns; answers the id of the last one. Values stand in the order of the columns. */
export function insertRows(db: Database, into: string, rows: readonly (readonly (string | number | null)[])[]): number {
  let last = 0;
  for (let from = 0; from < rows.length;) {
    const step = rows.length - from < AT_ONCE ? 1 : AT_ONCE;
    const some = rows.slice(from, from + step);
    const row = `(${some[0]?.map(() => '?').join(', ')})`;
    const { lastInsertRowid } = db.prepare(`${into} VALUES ${some.map(() => row).join(', ')}`).run(...some.flat());
    last = Number(lastInsertRowid);
    from += step;
  }
  return last;
}
