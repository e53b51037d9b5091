import { Queue, Worker } from 'bullmq';
import { CONSUMERS, main } from '../drive.ts';
import type { Peer } from '../drive.ts';

const NAME = 'bench';

/** BullMQ over a Redis that answers after its append-only file is synced; `node bench/peers/bullmq.ts FOLDER COUNT ROUNDS SOCKET`. */
async function open(_folder: string, path = ''): Promise<Peer> {
  const connection = { path, maxRetriesPerRequest: null };
  const queue = new Queue(NAME, { connection, defaultJobOptions: { removeOnComplete: true } });
  await queue.waitUntilReady();
  return {
    send: (_index, body) => queue.add('message', { body }),
    async fill(count) {
      for (let at = 0; at < count; at += 500)
        await queue.addBulk(
          Array.from({ length: Math.min(500, count - at) }, (_, index) => ({
            name: 'message',
            data: { body: `${at + index}` },
          })),
        );
    },
    async consume(count) {
      const all = Promise.withResolvers<void>();
      let done = 0;
      const worker = new Worker(NAME, async () => undefined, { connection, concurrency: CONSUMERS });
      worker.on('completed', () => ++done === count && all.resolve());
      worker.on('error', all.reject);
      await all.promise;
      await worker.close();
    },
    [Symbol.asyncDispose]: () => queue.close(),
  };
}

await main(open);
