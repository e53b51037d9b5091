import { makeWorkerUtils, run } from 'graphile-worker';
import { CONSUMERS, main } from '../drive.ts';
import type { Peer } from '../drive.ts';

const TASK = 'message';
const QUIET = { log: () => undefined };

/** graphile-worker over PostgreSQL that answers after its log is synced; `node bench/peers/graphile-worker.ts FOLDER COUNT ROUNDS CONNECTION`. */
async function open(_folder: string, connectionString = ''): Promise<Peer> {
  const { Logger } = await import('graphile-worker');
  const logger = new Logger(() => QUIET.log);
  const utils = await makeWorkerUtils({ connectionString, logger, maxPoolSize: CONSUMERS });
  await utils.migrate();
  return {
    send: (_index, body) => utils.addJob(TASK, { body }),
    async fill(count) {
      const jobs = Array.from({ length: count }, (_, index) => ({ identifier: TASK, payload: { body: `${index}` } }));
      await utils.addJobs(jobs);
    },
    async consume(count) {
      const all = Promise.withResolvers<void>();
      let done = 0;
      const runner = await run({
        connectionString,
        logger,
        concurrency: CONSUMERS,
        maxPoolSize: CONSUMERS,
        noHandleSignals: true,
        taskList: { [TASK]: () => undefined },
      });
      runner.events.on('job:complete', () => ++done === count && all.resolve());
      await all.promise;
      await runner.stop();
    },
    async [Symbol.asyncDispose]() {
      await utils.release();
    },
  };
}

await main(open);
