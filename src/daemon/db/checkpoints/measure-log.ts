import type { Database } from 'better-sqlite3';
import type { LogState } from './messages.ts';

/** SQLite's own default, which every database of the hive has. */
const PAGE_BYTES = 4096;

/**
 * How long the log is, without moving or locking anything; a microsecond with a statement that is kept. Raw: SQLite plans a pragma anew at every call, and
 * better-sqlite3 would then compile the function that builds its row anew, too.
 */
export function measureLog(db: Database): LogState {
  const statement = db.prepare<[], [busy: number, log: number, checkpointed: number]>('PRAGMA wal_checkpoint(NOOP)');
  const [, log = 0, checkpointed = 0] = statement.raw().get() ?? [];
  return { log, checkpointed };
}

/** Bytes by which the database file may grow when the rest of the log is moved into it. */
export function owedBytes(db: Database): number {
  const { log, checkpointed } = measureLog(db);
  return (log - checkpointed) * PAGE_BYTES;
}
