import type { Database } from 'better-sqlite3';

/** The ask with this question. */
export function findAskId(db: Database, question: string): number | undefined {
  return list<{ id: number }>(db, 'SELECT id FROM asks WHERE question = ? ORDER BY id', question)[0]?.id;
}

/** Whether most of the log is in the database file. */
export function isLogMoved(db: Database): boolean {
  const [state] = db.pragma('wal_checkpoint(NOOP)') as { log: number; checkpointed: number }[];
  return state !== undefined && state.checkpointed > state.log / 2;
}

/** What a query finds. */
export function list<Row>(db: Database, sql: string, ...values: unknown[]): Row[] {
  return db.prepare<unknown[], Row>(sql).all(...values);
}

/** The number a query finds. */
export function count(db: Database, sql: string, ...values: unknown[]): number {
  return list<{ many: number }>(db, `SELECT count(*) AS many FROM ${sql}`, ...values)[0]?.many ?? 0;
}
