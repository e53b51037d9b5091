import { once } from 'node:events';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { better, defineQueue, defineWorker } from 'plainjob';
import { CONSUMERS, main } from '../drive.ts';
import type { Peer } from '../drive.ts';

const TYPE = 'message';
const QUIET = { error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined };

/**
 * plainjob over better-sqlite3 in the process of its callers, WAL. It chooses `synchronous=NORMAL` itself; here it gets FULL, since NORMAL loses what it
 * confirmed when the power fails; `node bench/peers/plainjob.ts FOLDER COUNT ROUNDS`.
 */
function open(folder: string): Promise<Peer> {
  const db = new Sqlite(join(folder, 'plainjob.db'));
  const queue = defineQueue({ connection: better(db), logger: QUIET });
  db.pragma('synchronous = FULL');
  return Promise.resolve({
    send: (_index, body) => Promise.resolve(queue.add(TYPE, { body })),
    fill(count) {
      queue.addMany(
        TYPE,
        Array.from({ length: count }, (_, index) => ({ body: `${index}` })),
      );
      return Promise.resolve();
    },
    async consume(count) {
      const all = new EventTarget();
      let done = 0;
      const onCompleted = (): void => void (++done === count && all.dispatchEvent(new Event('done')));
      const options = { queue, logger: QUIET, pollIntervall: 10, onCompleted };
      const workers = Array.from({ length: CONSUMERS }, () => defineWorker(TYPE, async () => undefined, options));
      const finished = once(all, 'done');
      for (const worker of workers) void worker.start();
      await finished;
      await Promise.all(workers.map((worker) => worker.stop()));
    },
    [Symbol.asyncDispose]: () => Promise.resolve(queue.close()),
  });
}

await main(open);
