import type { Database } from 'better-sqlite3';
import type { Policy } from './policies-store.ts';

/** A row's primary key. */
export type Key = readonly (string | number)[];

/** What one look at a table came to. */
export interface Chunk {
  /** Keys of rows that are to go. */
  gone: Key[];
  /** Where to go on; null = there is nothing more. */
  next: Key | null;
}

/** The rows after `after` (null = from the beginning) of which some are to go; old = before `before`, epoch ms. */
export function readChunk(db: Database, policy: Policy, before: number, after: Key | null): Chunk {
  const rows = db.prepare<[object], Record<string, string | number>>(windowSql(policy, after !== null)).all({
    before,
    max: policy.chunk,
    ...Object.fromEntries((after ?? []).map((value, index) => [`k${index}`, value])),
  });
  const keyOf = (row: Record<string, string | number>): Key => policy.key.map((column) => row[column] ?? '');
  const last = rows.at(-1);
  const over = rows.length < policy.chunk || (policy.ordered && rows.some((row) => row['old'] === 0));
  return { gone: rows.filter((row) => row['gone'] === 1).map(keyOf), next: over || !last ? null : keyOf(last) };
}

/** Deletes rows and what hangs on them. */
export function deleteChunk(db: Database, policy: Policy, gone: Key[]): void {
  const keys = JSON.stringify(policy.key.length === 1 ? gone.map(([value]) => value) : gone);
  for (const statement of policy.first ?? []) db.prepare(statement).run({ keys });
  db.prepare(deleteSql(policy)).run({ keys });
}

/** The rows of one look; walks the primary key. */
export function windowSql({ table, key, at, keep }: Policy, goesOn: boolean): string {
  const columns = key.join(', ');
  const after = goesOn ? `WHERE (${columns}) > (${key.map((_, index) => `@k${index}`).join(', ')})` : '';
  const old = `${at} < @before`;
  const gone = keep === undefined ? old : `iif(${old}, NOT (${keep}), 0)`;
  return `SELECT ${columns}, ${old} AS old, ${gone} AS gone FROM ${table} ${after} ORDER BY ${columns} LIMIT @max`;
}

/** Takes rows away by their keys. */
export function deleteSql({ table, key }: Policy): string {
  const values = key.length === 1 ? 'value' : key.map((_, index) => `value ->> ${index}`).join(', ');
  return `DELETE FROM ${table} WHERE (${key.join(', ')}) IN (SELECT ${values} FROM json_each(@keys))`;
}
