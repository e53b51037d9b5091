import { createHash } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import { createBroker, NO_GUARDS } from '#src/daemon/broker/index.ts';
import type { Broker, BrokerHooks } from '#src/daemon/broker/index.ts';
import { createWriter, openDatabase, Reserve } from '#src/daemon/db/index.ts';
import type { GroupWriter } from '#src/daemon/db/index.ts';
import { createEvents } from '#src/daemon/events/index.ts';
import { createRetention } from '#src/daemon/retention/index.ts';
import type { Retention } from '#src/daemon/retention/index.ts';
import { createScheduler } from '#src/daemon/scheduler/index.ts';
import type { Scheduler } from '#src/daemon/scheduler/index.ts';
import { createTelemetry } from '#src/daemon/telemetry/telemetry.ts';
import type { Telemetry } from '#src/daemon/telemetry/api.ts';
import { createTestClock } from '../support/clock.ts';
import type { TestClock } from '../support/clock.ts';
import { createTestLog, migrationsDir } from '../support/database.ts';
import type { TestLog } from '../support/database.ts';

/** When every story begins, epoch ms. */
export const START = Date.UTC(2026, 0, 5, 12);
/** Who there is. */
export const AGENTS = ['alice', 'bob', 'carol'] as const;
/** A small one, since it is written anew for every fault. */
const RESERVE_BYTES = 256 * 1024;
/** Nobody is given up for silence, and a delivery is dead after two failed attempts, so that a story reaches that soon. */
const FOREVER = 10 ** 12;
const SETTINGS = { attempts: 2, hello: FOREVER, poll: FOREVER, turnStart: FOREVER, resume: FOREVER, turn: FOREVER };

/** The parts of a daemon that store something, as context.ts joins them. */
export interface FaultHive extends AsyncDisposable {
  db: Database;
  writer: GroupWriter;
  broker: Broker;
  scheduler: Scheduler;
  telemetry: Telemetry;
  retention: Retention;
  clock: TestClock;
  log: TestLog;
  reserve: Reserve;
}

/** How to open one. */
export interface OpenHive {
  /** When it opens, epoch ms. */
  at: number;
  /** What the storage's failure does; ends the process in a daemon. */
  fatal(error: unknown): void;
  migrationsDir?: string;
  reserveBytes?: number;
  /** Weaker durability than the hive's own, to prove that a test notices. */
  synchronous?: 'NORMAL';
}

/** Opens the real database with the real writer, broker and scheduler; only the clock is the test's. */
export function openHive(file: string, options: OpenHive): FaultHive {
  const clock = createTestClock(options.at);
  const reserve = new Reserve(`${file}-reserve`, options.reserveBytes ?? RESERVE_BYTES);
  const db = openDatabase(file, { migrationsDir: options.migrationsDir ?? migrationsDir, clock, reserve });
  if (options.synchronous) db.pragma(`synchronous = ${options.synchronous}`);
  const log = createTestLog();
  const writer = createWriter({ db, clock, log, reserve, fatal: options.fatal });
  const broker = createBroker({ writer, clock, log, hooks, settings: SETTINGS });
  const events = createEvents({ writer, log });
  const timed = { works: [broker.askDeadlines], limits: NO_GUARDS.reminders, zone: 'UTC' };
  const scheduler = createScheduler({ writer, events, clock, log, hooks: broker, ...timed });
  const retention = createRetention({ writer, clock, log, days: { messages: 1 }, hooks: broker });
  return {
    ...{ db, writer, broker, scheduler, retention, telemetry: createTelemetry({ writer, clock }), clock, log, reserve },
    async [Symbol.asyncDispose]() {
      await retention[Symbol.asyncDispose]();
      await scheduler[Symbol.asyncDispose]();
      await broker[Symbol.asyncDispose]();
      await writer[Symbol.asyncDispose]();
      db.close();
    },
  };
}

/** Takes up what the file holds, as a daemon does before it opens its sockets. */
export async function startHive({ broker, scheduler }: FaultHive): Promise<void> {
  await broker.start();
  await scheduler.start();
}

/** Nobody else is there: what the broker asks of others is not part of these tests. */
const hooks: BrokerHooks = {
  sessionLost: () => undefined,
  outboxFilled: () => undefined,
  threadUrl: (ask) => `http://dashboard/threads/${ask}`,
  turnOutcome: () => undefined,
  turnCancelled: () => undefined,
};

/** The nonce of an agent's session; `generation` tells later ones apart. */
export function nonceOf(agent: string, generation = 0): string {
  return createHash('sha256').update(`${agent} ${generation}`).digest('hex');
}
