import assert from 'node:assert/strict';
import { createRetention } from '#src/daemon/retention/index.ts';
import type { Retention } from '#src/daemon/retention/index.ts';
import type { RetentionDays } from '#src/daemon/config.ts';
import { report } from './broker.ts';
import type { TestBroker } from './broker.ts';

const DAY = 86_400_000;
/** Ages at which events and turns stay out of a test. */
export const NOBODY_ELSE = { events: 36_500, turns: 36_500 };

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

/** One turn over all that waits for the session's agent. */
export async function takeTurn(hive: TestBroker, session: number, outcome: 'ok' | 'failed' = 'ok'): Promise<void> {
  const { turn, deliveries } = await hive.next(session, 32);
  const presented = deliveries.map((row) => row.delivery);
  await hive.broker.turnEnd(session, report(turn, outcome, presented));
}

/** Moves the wall clock only, as time does while nothing happens. */
export function later(hive: TestBroker, days: number): void {
  hive.hive.clock.setWall(hive.hive.clock.now() + days * DAY);
}

/** Texts of the messages that are still there, oldest first. */
export function texts(hive: TestBroker): string[] {
  const rows = hive.hive.db.prepare(`SELECT body FROM messages WHERE kind <> 'system' ORDER BY id`).all();
  return (rows as { body: string }[]).map(({ body }) => body);
}

/** References hold, and so does the file. */
export function assertSound(hive: TestBroker): void {
  assert.deepEqual(hive.hive.db.pragma('foreign_key_check'), []);
  assert.deepEqual(hive.hive.db.pragma('integrity_check', { simple: true }), 'ok');
}
