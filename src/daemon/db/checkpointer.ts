import type { Database } from 'better-sqlite3';

/** Pages in the write-ahead log that are worth moving into the database file (4 MiB). */
const WORTH_PAGES = 1000;
/** The log is measured once in so many commits. */
const EVERY = 16;

/**
 * Moves the write-ahead log into the database file after commits, never inside one. SQLite's own automatic checkpoint swallows a failed fsync and
 * tries it again later; here the error reaches the owner.
 */
export function checkpointer(db: Database): { due(): boolean; run(): void } {
  let commits = 0;
  return {
    due: () => ++commits % EVERY === 0,
    run() {
      const [state] = db.pragma('wal_checkpoint(NOOP)') as { log: number; checkpointed: number }[];
      if (state && state.log - state.checkpointed >= WORTH_PAGES) db.pragma('wal_checkpoint(PASSIVE)');
    },
  };
}
