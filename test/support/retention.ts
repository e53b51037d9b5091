import { createRetention } from '#src/daemon/retention/index.ts';
import type { Retention } from '#src/daemon/retention/index.ts';
import type { RetentionDays } from '#src/daemon/config.ts';
import type { TestBroker } from './broker.ts';

/** Real retention over a test's broker, not ticking by itself. */
export function createTestRetention({ broker, hive }: TestBroker, days: Partial<RetentionDays> = {}): Retention {
  const { writer, clock, log } = hive;
  return createRetention({ writer, clock, log, days, hooks: broker });
}

/** Goes through all tables once; answers what went. */
export async function forget(hive: TestBroker, days: Partial<RetentionDays> = {}): Promise<Record<string, number>> {
  await using retention = createTestRetention(hive, days);
  const progress = { over: false };
  const run = retention.run().finally(() => (progress.over = true));
  run.catch(() => undefined);
  while (!progress.over) await hive.hive.clock.advance(50);
  return run;
}

/** Numbers of rows by table. */
export function countRows(hive: TestBroker, ...tables: string[]): Record<string, number> {
  const many = (table: string): number =>
    (hive.hive.db.prepare(`SELECT count(*) AS many FROM ${table}`).get() as { many: number }).many;
  return Object.fromEntries(tables.map((table) => [table, many(table)]));
}
