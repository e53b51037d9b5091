import type { Database } from 'better-sqlite3';
import type { LogState } from './messages.ts';

/** SQLite's own default, which every database of the hive has. */
const PAGE_BYTES = 4096;

/** How long the log is, without moving or locking anything; a microsecond with a statement that is kept. */
export function measureLog(db: Database): LogState {
  const state = db.prepare<[], LogState>('PRAGMA wal_checkpoint(NOOP)').get();
  return { log: state?.log ?? 0, checkpointed: state?.checkpointed ?? 0 };
}

/** Bytes by which the database file may grow when the rest of the log is moved into it. */
export function owedBytes(db: Database): number {
  const { log, checkpointed } = measureLog(db);
  return (log - checkpointed) * PAGE_BYTES;
}
