import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { findTurnsUpTo, TURNS_BATCH } from '#src/daemon/broker/stores/agent-turn-store.ts';
import type { Database } from '#src/daemon/db/api.ts';
import { openDatabase } from '#src/daemon/db/index.ts';
import { addAgents, openTestBroker, report, to } from '../../../support/broker.ts';
import type { TestBroker } from '../../../support/broker.ts';
import { createTestClock } from '../../../support/clock.ts';
import { migrationsDir, openTestDatabase } from '../../../support/database.ts';
import { waitUntil } from '../../../support/wait.ts';

const AGENTS = ['alice', 'bob', 'zoe'];

/** Turns that are over: every 50th is zoe's, bob has none after the first 100. */
function addTurns(db: Database, many: number, at: number): void {
  db.exec("INSERT INTO sessions (id, agent, nonce_hash, state, started_at) VALUES (1000, 'alice', 'x', 'ended', 0)");
  const insert = db.prepare(
    `INSERT INTO turns (agent, session_id, cause, phase, started_at, ended_at, outcome) VALUES (?, 1000, 'c', 'ending', ?, ?, 'ok')`,
  );
  db.transaction(() => {
    for (let turn = 1; turn <= many; turn++)
      insert.run(turn % 50 === 0 ? 'zoe' : turn % 2 && turn <= 100 ? 'bob' : 'alice', at + turn, at + turn);
  })();
}

/** What the broker says of everybody's turns is what their table says. */
function check({ broker, hive }: TestBroker): void {
  const today = new Date(hive.clock.now()).setHours(0, 0, 0, 0);
  for (const agent of AGENTS) {
    const ids = hive.db
      .prepare<[string], { id: number }>('SELECT id FROM turns WHERE agent = ? ORDER BY started_at DESC, id DESC')
      .all(agent)
      .map(({ id }) => id);
    for (const max of [1, 7, 2000]) {
      const listed = broker.turns(agent, max).map((turn) => turn.id);
      assert.deepEqual(listed, ids.slice(0, max), `${agent}, ${max}`);
    }
    const { counts, lastTurn } = broker.facts(agent).get(agent)!;
    const since = hive.db.prepare('SELECT count(*) FROM turns WHERE agent = ? AND started_at >= ?').pluck();
    assert.deepEqual([lastTurn?.id, counts.turnsToday], [ids[0], since.get(agent, today)], agent);
  }
}

async function noted({ hive }: TestBroker, upTo: number): Promise<void> {
  await waitUntil(`turns noted up to ${upTo}`, () => findTurnsUpTo(hive.db) === upTo);
}

test('turns are found by their agents, noted or not, after a start that noted what was left', async () => {
  await using database = openTestDatabase();
  await addAgents(database, AGENTS);
  const midnight = new Date(database.clock.now()).setHours(0, 0, 0, 0);
  addTurns(database.db, 2 * TURNS_BATCH + 90, midnight - TURNS_BATCH - 5);
  await using hive = await openTestBroker(AGENTS, { hive: database });
  check(hive);
  await noted(hive, 2 * TURNS_BATCH);
  check(hive);
});

test('a batch is noted once its last turn has begun', async () => {
  await using database = openTestDatabase();
  await using hive = await openTestBroker(AGENTS, { hive: database });
  addTurns(database.db, TURNS_BATCH - 2, database.clock.now() - 10_000);
  const session = await hive.connect('bob');
  for (let turn = 0; turn < 3; turn++) {
    await hive.broker.send('alice', to('bob', 'hello'));
    const given = await hive.next(session);
    await hive.broker.turnEnd(session, report(given.turn, 'ok', [given.deliveries[0]!.delivery]));
    check(hive);
  }
  await noted(hive, TURNS_BATCH);
  check(hive);
});

test('turns of an older release are noted when its database is migrated', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hive-turns-'));
  try {
    const file = join(dir, 'hive.db');
    const before = join(dir, 'migrations');
    cpSync(join(migrationsDir, '0001-hive.sql'), join(before, '0001-hive.sql'));
    const old = openDatabase(file, { migrationsDir: before, clock: createTestClock() });
    addTurns(old, 700, 0);
    old.close();
    await using database = openTestDatabase({ file });
    assert.equal(findTurnsUpTo(database.db), 700);
    await using hive = await openTestBroker(AGENTS, { hive: database });
    check(hive);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
