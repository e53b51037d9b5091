import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import type { PragmaOptions } from 'better-sqlite3';
import { createHealth } from '#src/daemon/health/health.ts';
import { SoundnessCheck } from '#src/daemon/health/soundness-check.ts';
import { runOwn } from '#src/daemon/host/run-own.ts';
import { openTestBroker, report, to } from '../support/broker.ts';
import type { TestBroker } from '../support/broker.ts';
import type { TestDatabase } from '../support/database.ts';
import { startForeignUser } from '../support/foreign-database-user.ts';

const MIB = 1024 * 1024;
/** One message every two seconds, ten minutes long. */
const STEP_MS = 2000;
const ROUNDS = 300;
/** Sooner or later in the ten minutes the daily check of the database begins, and reads it too. */
const CHECK_AFTER_MS = 100_000;
const TEXT = 'x'.repeat(60_000);

/** Checkpoints that the main thread's connection runs. */
function spyCheckpoints({ db }: TestDatabase): Set<string> {
  const seen = new Set<string>();
  const { pragma } = db;
  db.pragma = function spied(text: string, options?: PragmaOptions) {
    if (text.includes('checkpoint')) seen.add(text);
    return pragma.call(this, text, options);
  };
  return seen;
}

/** Alice sends, bob is woken and done with it: `rounds` times, as many steps of the clock. Answers what bob got. */
async function talk({ broker, hive, next }: TestBroker, session: number, rounds: number): Promise<string[]> {
  const got: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const waiting = next(session);
    await broker.send('alice', to('bob', `${round} ${TEXT}`));
    const { turn, deliveries } = await waiting;
    const presented = deliveries.map(({ delivery }) => delivery);
    const { acked } = await broker.turnEnd(session, report(turn, 'ok', presented));
    assert.deepEqual(acked, presented);
    got.push(...deliveries.map(({ body }) => body.split(' ', 1)[0] ?? ''));
    await hive.clock.advance(STEP_MS);
  }
  return got;
}

test('F20: another process reads for ten minutes: messages flow, the operator is told who it is, and afterwards the log is short', async (t: TestContext) => {
  await using bob = await openTestBroker(['alice', 'bob']);
  const { file, writer, clock, log, fatal } = bob.hive;
  const checkpoints = spyCheckpoints(bob.hive);
  await using check = new SoundnessCheck({ file, writer, runOwn, clock, log, afterMs: CHECK_AFTER_MS });
  const health = createHealth({ writer, clock, log, damagedMessages: () => [], soundness: () => check.found });
  const logMib = (): number => Math.round(statSync(`${file}-wal`).size / MIB);
  const session = await bob.connect('bob');
  let told: string[];
  {
    await using reader = await startForeignUser(file, ['BEGIN', 'SELECT count(*) FROM messages']);
    assert.deepEqual(health.alerts(), []);
    const got = await talk(bob, session, ROUNDS);
    assert.deepEqual(got, got.map((_, round) => String(round))); // prettier-ignore
    assert.equal(got.length, ROUNDS);
    told = health.alerts();
    t.diagnostic(`${logMib()} MiB of log: ${told.join('; ')}`);
    assert.match(
      told[0] ?? '',
      new RegExp(`^the log .* has \\d+ MiB, since pid ${reader.pid} keeps a transaction open`),
    );
    assert.ok(logMib() <= 64, `${logMib()} MiB`);
  }
  assert.equal(told.length, 1, 'nothing else is wrong');
  for (let more = 0; health.alerts().length > 0 || logMib() > 16; more += 20) {
    assert.ok(more < 200, `${logMib()} MiB of log, and ${health.alerts().join('; ')}`);
    await talk(bob, session, 20);
  }
  assert.equal(log.errors.length, 1, 'the log of the daemon tells it once');
  assert.deepEqual([...checkpoints], [], 'the main thread moved nothing itself');
  assert.deepEqual(fatal, []);
});
