import { flushCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { toHiveError } from '#src/lib/errors.ts';
import { openReader } from '../../db/index.ts';
import type { Answer, Order } from './searcher.ts';
import { searchMessages } from './search-messages.ts';

/** A thread of its own for searches, on a connection that only reads: history is long, and the loop has sends to commit. `workerData` is the database's path. */
function main(): void {
  const db = openReader(workerData as string);
  parentPort?.on('message', (order: Order) => {
    if (order === 'end') {
      db.close();
      return parentPort?.close();
    }
    try {
      parentPort?.postMessage({ found: searchMessages(db, order) } satisfies Answer);
    } catch (error) {
      parentPort?.postMessage({ failed: toHiveError(error).message } satisfies Answer);
    }
  });
}

main();
// What a daemon that is killed compiled is there for the next one when each thread kept its own part.
flushCompileCache();
