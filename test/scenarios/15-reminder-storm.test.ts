import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import Sqlite from 'better-sqlite3';
import type { Database } from 'better-sqlite3';
import { methods } from '#src/protocol/methods/index.ts';
import { seeded } from '../chaos/random.ts';
import type { Random } from '../chaos/random.ts';
import { startHive } from '../support/hive.ts';
import type { Hive } from '../support/hive.ts';
import { waitUntil } from '../support/wait.ts';

/** Kills in the middle of the storm: `npm run storm` asks for 50. */
const KILLS = Number(process.env['HIVE_STORM_KILLS'] ?? 8);
const SEED = Number(process.env['HIVE_STORM_SEED'] ?? 15);
const ONCE = 100_000;
const SCHEDULES = 500;
const OWNERS = ['alice', 'bob'];
const DAY = 86_400_000;

/** Reminders that were due within the last hour, and schedules that missed some times. A daemon that nobody told of them fires them at its next start. */
function setReminders(hive: Hive): void {
  const db = new Sqlite(join(hive.home, 'hive.db'));
  const now = Date.now();
  const insert = db.prepare(
    `INSERT INTO reminders (agent, message, due_at, cron, timezone, state, set_by, created_at)
     VALUES (?, ?, ?, ?, ?, 'pending', 'operator', 0)`,
  );
  const hour = Math.floor(now / 3_600_000) * 3_600_000;
  db.transaction(() => {
    for (let index = 0; index < ONCE; index++)
      insert.run(OWNERS[index % 2], `once ${index}`, now - 3_600_000 + ((index * 7919) % 3_600_000), null, null);
    for (let index = 0; index < SCHEDULES; index++)
      insert.run(OWNERS[index % 2], `daily ${index}`, hour - 3 * DAY, `${index % 60} * * * *`, 'Europe/Berlin');
  })();
  db.close();
}

function count(db: Database, sql: string): number {
  return (db.prepare(sql).get() as { many: number }).many;
}

/** Starts a daemon and kills it at a random moment of the storm; answers whether reminders were still due then. */
async function killInStorm(hive: Hive, db: Database, random: Random): Promise<boolean> {
  const fired = (): number => count(db, 'SELECT max(id) AS many FROM messages');
  const target = fired() + random.between(1, Math.ceil((1.5 * ONCE) / KILLS));
  const daemon = hive.spawnDaemon();
  const until = performance.now() + 60_000;
  while (daemon.running && fired() < target && pending(db) > 0 && performance.now() < until)
    await new Promise((resolve) => setTimeout(resolve, random.between(0, 6)));
  daemon.kill('SIGKILL');
  assert.equal(await daemon.ended, null, `${await daemon.printed()}\n${hive.log()}`);
  return pending(db) > 0;
}

function pending(db: Database): number {
  const due = `state = 'pending' AND due_at <= ${Date.now()}`;
  return count(db, `SELECT count(*) AS many FROM (SELECT 1 FROM reminders WHERE ${due} LIMIT 1)`);
}

test('F17: 100,000 reminders due at once, the daemon killed in the middle again and again: each fires exactly once', async (t) => {
  await using hive = await startHive();
  for (const name of OWNERS) {
    await hive.addAgent(name);
    await hive.call(methods.setPaused, { name, paused: true });
  }
  setReminders(hive);
  await hive.killDaemon('SIGKILL');
  const db = new Sqlite(join(hive.home, 'hive.db'), { readonly: true });
  const random = seeded(SEED);
  let inStorm = 0;
  for (let kill = 0; kill < KILLS; kill++) if (await killInStorm(hive, db, random)) inStorm++;
  t.diagnostic(`seed ${SEED}: ${inStorm} of ${KILLS} kills while reminders were due`);
  await hive.startDaemon();
  await waitUntil('the storm is over', () => pending(db) === 0, 120_000);

  const all = ONCE + SCHEDULES;
  assert.equal(count(db, 'SELECT count(*) AS many FROM reminder_firings WHERE reminder_id <= 100000'), ONCE);
  assert.equal(count(db, `SELECT count(DISTINCT body) AS many FROM messages WHERE body GLOB 'once *'`), ONCE);
  assert.equal(count(db, `SELECT count(*) AS many FROM messages WHERE body GLOB 'once *'`), ONCE);
  assert.equal(count(db, `SELECT count(*) AS many FROM reminders WHERE state = 'fired'`), ONCE);
  assert.equal(
    count(
      db,
      `SELECT count(*) AS many FROM reminder_firings f JOIN messages m ON m.id = f.message_id WHERE m.kind = 'reminder'`,
    ),
    count(db, `SELECT count(*) AS many FROM messages WHERE kind = 'reminder'`),
    'a message for each firing',
  );
  assert.equal(
    count(
      db,
      `SELECT count(DISTINCT d.message_id) AS many FROM deliveries d JOIN messages m ON m.id = d.message_id WHERE m.kind = 'reminder' AND d.state = 'queued'`,
    ),
    count(
      db,
      `SELECT count(*) AS many FROM deliveries d JOIN messages m ON m.id = d.message_id WHERE m.kind = 'reminder'`,
    ),
    'one delivery for each message',
  );
  const schedules = hive.rows<{ many: number }>(
    `SELECT count(*) AS many FROM reminder_firings f JOIN reminders r ON r.id = f.reminder_id
     WHERE r.cron IS NOT NULL AND f.due_at < ? GROUP BY r.id`,
    Date.now() - DAY,
  );
  assert.deepEqual([schedules.length, new Set(schedules.map(({ many }) => many))], [SCHEDULES, new Set([1])]);
  assert.equal(count(db, `SELECT count(*) AS many FROM reminders WHERE state = 'pending'`), all - ONCE);
  const jumps = `SELECT count(*) AS many FROM (
      SELECT f.due_at - lag(f.due_at) OVER (PARTITION BY agent ORDER BY f.message_id) AS step
      FROM reminder_firings f WHERE f.reminder_id <= 100000
    ) WHERE step < 0`;
  assert.equal(count(db, jumps), 0, 'in the order of the due times');
  assert.equal(db.pragma('integrity_check', { simple: true }), 'ok');
  assert.ok(inStorm >= Math.floor(KILLS / 2), `only ${inStorm} kills were in the middle`);
  db.close();
});
