import { join } from 'node:path';
import type { Logger } from 'pino';
import { createBroker, NO_GUARDS } from '../src/daemon/broker/index.ts';
import type { Broker } from '../src/daemon/broker/index.ts';
import { createWriter, openDatabase } from '../src/daemon/db/index.ts';
import type { GroupWriter } from '../src/daemon/db/index.ts';
import { systemClock } from '../src/lib/clock.ts';

/** Longer than any run: nothing is given up for being quiet. */
const FOREVER_MS = 24 * 3_600_000;
const MIGRATIONS = join(import.meta.dirname, '../src/daemon/db/migrations');

/** The daemon's own database and broker in `folder`, new or as a run before left them, with the agents `a0`, `a1` … */
export interface BenchBroker extends AsyncDisposable {
  broker: Broker;
  writer: GroupWriter;
  agents: string[];
  /** Those of them that no run before this one made: they have no session yet. */
  added: string[];
}

/** Builds a {@link BenchBroker} on the system clock. */
export async function openBenchBroker(folder: string, count: number, log: Logger): Promise<BenchBroker> {
  const clock = systemClock;
  const db = openDatabase(join(folder, 'hive.db'), { migrationsDir: MIGRATIONS, clock });
  const fatal = (error: unknown): never => {
    throw error;
  };
  const writer = createWriter({ db, clock, log, fatal });
  const nothing = (): void => undefined;
  const orders = { sessionLost: nothing, outboxFilled: nothing, turnOutcome: nothing, turnCancelled: nothing };
  const hooks = { ...orders, threadUrl: (ask: number) => `/threads/${ask}` };
  const settings = { hello: FOREVER_MS, turnStart: FOREVER_MS, poll: FOREVER_MS, guards: NO_GUARDS };
  const broker = createBroker({ writer, clock, log, hooks, settings });
  const agents = Array.from({ length: count }, (_, index) => `a${index}`);
  const known = new Set(
    db
      .prepare<[], { name: string }>('SELECT name FROM agents')
      .all()
      .map(({ name }) => name),
  );
  const added = agents.filter((name) => !known.has(name));
  await writer.write('system', (tx) => {
    const insert = tx.db.prepare(
      `INSERT INTO agents (name, uid, config, config_commit, added_at, changed_at) VALUES (?, ?, '{}', '', 0, 0)`,
    );
    for (const name of added) insert.run(name, agents.indexOf(name));
  });
  return {
    ...{ broker, writer, agents, added },
    async [Symbol.asyncDispose]() {
      await broker[Symbol.asyncDispose]();
      await writer[Symbol.asyncDispose]();
      db.close();
    },
  };
}
