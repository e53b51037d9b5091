import { flushCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import Sqlite from 'better-sqlite3';
import type { Database } from 'better-sqlite3';
import { storageCode } from '../storage-error.ts';
import type { Answer, LogState, Order } from './messages.ts';

/**
 * A thread of its own for moving the write-ahead log into the database file, on a connection of its own: the copying and its fsyncs block nobody.
 * `workerData` is the database's path.
 */
function main(): void {
  let db: Database | undefined;
  parentPort?.on('message', (order: Order) => {
    if (order === 'move') return parentPort?.postMessage(attempt((db ??= open(workerData as string))));
    db?.close();
    parentPort?.close();
  });
}

function open(file: string): Database {
  const db = new Sqlite(file, { fileMustExist: true, timeout: 0 });
  db.pragma('wal_autocheckpoint = 0');
  db.pragma('synchronous = FULL');
  return db;
}

/** PASSIVE waits for nobody: what a reader still needs stays in the log. */
function attempt(db: Database): Answer {
  try {
    const [moved] = db.pragma('wal_checkpoint(PASSIVE)') as LogState[];
    return { moved: { log: moved?.log ?? 0, checkpointed: moved?.checkpointed ?? 0 } };
  } catch (error) {
    return { failed: { message: error instanceof Error ? error.message : String(error), code: storageCode(error) } };
  }
}

main();
// What a daemon that is killed compiled is there for the next one when each thread kept its own part.
flushCompileCache();
