import Sqlite from 'better-sqlite3';
import type { Database } from './api.ts';

/** Opens the database once more for reading only, for a thread with long questions. Never leave a transaction open on it: the log would grow (FACTS/broker). */
export function openReader(file: string): Database {
  return new Sqlite(file, { readonly: true, fileMustExist: true });
}
