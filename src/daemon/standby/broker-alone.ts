import { join } from 'node:path';
import type { Logger } from 'pino';
import { systemClock } from '#src/lib/clock.ts';
import { agentConfig } from '#src/protocol/agent-config.ts';
import { insertAgent, listAgents } from '../agents/agent-store.ts';
import { type Broker, createBroker, NO_GUARDS } from '../broker/index.ts';
import { createWriter, type GroupWriter, openDatabase } from '../db/index.ts';

/** Longer than any run: nothing is given up for being quiet. */
const FOREVER_MS = 24 * 3_600_000;
const MIGRATIONS = join(import.meta.dirname, '../db/migrations');

/** A daemon's database and broker without forge and containers, new or as a run before left them, with the agents `a0`, `a1` … */
export interface BrokerAlone extends AsyncDisposable {
  broker: Broker;
  writer: GroupWriter;
  agents: string[];
  /** Those of them that no run before this one made: they have no session yet. */
  added: string[];
}

/** Opens {@link BrokerAlone} in `folder`, which is there, on the system clock. A database that fails throws where nobody catches it. */
export async function openBrokerAlone(folder: string, count: number, log: Logger): Promise<BrokerAlone> {
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
  const known = new Set(listAgents(db).map(({ name }) => name));
  const added = agents.filter((name) => !known.has(name));
  await writer.write('system', (tx) => {
    const placement = { config: agentConfig.parse({}), commit: '', prompt: '', failure: null, now: tx.now };
    for (const name of added) insertAgent(tx.db, { ...placement, name, uid: agents.indexOf(name) });
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
