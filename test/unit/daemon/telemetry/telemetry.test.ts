import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTelemetry } from '#src/daemon/telemetry/telemetry.ts';
import { openTestDatabase, type TestDatabase } from '../../../support/database.ts';

const CALL = { turn: null, model: 'm', input: 1, output: 20, cacheRead: 300, cacheWrite: 4000, complete: true };

function events({ db }: TestDatabase, type: string): { agent: string; body: string }[] {
  return db
    .prepare<[string], { agent: string; body: string }>('SELECT agent, body FROM events WHERE type = ? ORDER BY seq')
    .all(type);
}

test('tokens of every kind count for today, by agent and in all; yesterday is over at local midnight', async () => {
  await using database = openTestDatabase();
  const { writer, clock } = database;
  const telemetry = createTelemetry({ writer, clock });
  const midnight = new Date(clock.now()).setHours(0, 0, 0, 0);
  clock.setWall(midnight - 1);
  await telemetry.used({ agent: 'alice', ...CALL });
  clock.setWall(midnight);
  assert.equal(telemetry.tokensToday(), 0);
  await telemetry.used({ agent: 'alice', ...CALL, complete: false });
  await telemetry.used({ agent: 'bob', ...CALL, output: 0 });
  assert.deepEqual(Object.fromEntries(telemetry.tokensTodayByAgent()), { alice: 4321, bob: 4301 });
  assert.deepEqual(Object.fromEntries(telemetry.tokensTodayByAgent('bob')), { bob: 4301 });
  assert.equal(telemetry.tokensToday(), 8622);
  assert.equal(telemetry.tokensTodayByAgent('zoe').get('zoe'), 0);
  const published = events(database, 'usage.metered').map(({ body }) => JSON.parse(body) as { tokens: number });
  assert.deepEqual(
    published.map(({ tokens }) => tokens),
    [4321, 4321, 4301],
  );
});

test('a refusal is listed with its remedy, counted when it comes again, and published at most once a minute', async () => {
  await using database = openTestDatabase();
  const { writer, clock } = database;
  const telemetry = createTelemetry({ writer, clock });
  for (let time = 0; time < 3; time++) await telemetry.refused('alice', 'example.org', 443, 'old line');
  await clock.advance(60_000);
  await telemetry.refused('alice', 'example.org', 443, 'add a line');
  await telemetry.refused('bob', 'example.org', 80, 'add a line');
  assert.equal(events(database, 'egress.refused').length, 3);
  assert.deepEqual(telemetry.refusals(10, 'alice'), [
    { agent: 'alice', at: clock.now(), host: 'example.org', port: 443, remedy: 'add a line' },
  ]);
  assert.equal(telemetry.refusals(10).length, 2);
  const times = database.db.prepare('SELECT times FROM refused_egress WHERE agent = ?').pluck().get('alice');
  assert.equal(times, 4);
});

test('an agent that tries a thousand names leaves a hundred rows', async () => {
  await using database = openTestDatabase();
  const telemetry = createTelemetry(database);
  await Promise.all(Array.from({ length: 1000 }, (_, at) => telemetry.refused('mallory', `h${at}.example`, 443, 'x')));
  await telemetry.refused('bob', 'example.org', 443, 'x');
  assert.equal(telemetry.refusals(5000, 'mallory').length, 100);
  assert.equal(telemetry.refusals(5000, 'bob').length, 1);
});
