import type { Database } from 'better-sqlite3';
import type { LogState } from './messages.ts';

/** How long the log is, without moving or locking anything; a microsecond with a statement that is kept. */
export function measureLog(db: Database): LogState {
  const state = db.prepare<[], LogState>('PRAGMA wal_checkpoint(NOOP)').get();
  return { log: state?.log ?? 0, checkpointed: state?.checkpointed ?? 0 };
}
