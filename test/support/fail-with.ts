import Sqlite from 'better-sqlite3';
import type { TestDatabase } from './database.ts';

/** Lets statements with these words fail, and nothing else of the storage, until they are restored. */
export function failWith({ db }: Pick<TestDatabase, 'db'>, words: string): { restore(): void } {
  const { prepare } = db;
  const fail = (): never => {
    throw new Sqlite.SqliteError('planted', 'SQLITE_CONSTRAINT');
  };
  db.prepare = ((sql: string) => (sql.includes(words) ? { run: fail } : prepare.call(db, sql))) as typeof prepare;
  return { restore: () => void (db.prepare = prepare) };
}
