import assert from 'node:assert/strict';
import test from 'node:test';
import { createEvents } from '#src/daemon/events/index.ts';
import type { TestDatabase } from '../../../support/database.ts';
import { openTestDatabase } from '../../../support/database.ts';
import { openTestBroker, report, to } from '../../../support/broker.ts';
import type { HiveEvent } from '#src/protocol/events.ts';

/** Publishes `count` events in one operation. */
function publish(hive: TestDatabase, ...details: string[]): Promise<void> {
  return hive.writer.write('a', (tx) => {
    for (const detail of details) tx.emit({ type: 'forge.changed', state: 'up', detail });
  });
}

test('listeners get events after their commit, in order, with the numbers that a replay gives', async () => {
  await using hive = openTestDatabase();
  const events = createEvents(hive);
  const heard: unknown[] = [];
  const end = events.listen((event) => heard.push([event, hive.db.inTransaction]));
  await publish(hive, 'one', 'two');
  await publish(hive, 'three');
  end();
  await publish(hive, 'four');
  const stored = events.after(0, 100);
  assert.deepEqual(
    stored.map((event) => [event.seq, 'detail' in event && event.detail]),
    [
      [1, 'one'],
      [2, 'two'],
      [3, 'three'],
      [4, 'four'],
    ],
  );
  assert.deepEqual(
    heard,
    stored.slice(0, 3).map((event) => [event, false]),
  );
  assert.deepEqual([events.latest(), events.oldest()], [4, 1]);
});

test('a replay begins after the number it names and ends at its limit', async () => {
  await using hive = openTestDatabase();
  const events = createEvents(hive);
  await publish(hive, 'one', 'two', 'three', 'four');
  assert.deepEqual(
    events.after(1, 2).map((event) => event.seq),
    [2, 3],
  );
});

test('a listener that throws stops neither the others nor the writer', async () => {
  await using hive = openTestDatabase();
  const events = createEvents(hive);
  const heard: number[] = [];
  events.listen(() => {
    throw new Error('no');
  });
  events.listen((event) => heard.push(event.seq));
  await publish(hive, 'one');
  assert.deepEqual([heard, hive.log.errors.length], [[1], 1]);
});

test('numbers go on after a restart, also when retention removed all rows but the latest', async () => {
  await using hive = openTestDatabase();
  assert.deepEqual([createEvents(hive).oldest(), createEvents(hive).latest()], [1, 0]);
  await publish(hive, 'one', 'two');
  await hive.writer.write('a', (tx) => tx.db.prepare('DELETE FROM events WHERE seq = 1').run());
  assert.deepEqual([createEvents(hive).oldest(), createEvents(hive).latest()], [2, 2]);
  await publish(hive, 'three');
  assert.equal(createEvents(hive).latest(), 3);
});

test('a delivery that moved is replayed as it was told, until it was removed; events of an older release are replayed whole', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const events = createEvents(hive.hive);
  const heard: HiveEvent[] = [];
  events.listen((event) => heard.push(event));
  const session = await hive.connect('bob');
  const { id: message } = await hive.broker.send('alice', to('bob', 'hello'));
  const { turn, deliveries } = await hive.next(session);
  await hive.broker.turnEnd(session, report(turn, 'ok', [deliveries[0]!.delivery]));
  assert.deepEqual(events.after(0, 100).slice(-heard.length), heard);
  const moves = heard.filter(({ type }) => type === 'delivery.changed');
  assert.deepEqual(
    moves.map((move) => ({ ...move, seq: 0, at: 0 })),
    (['leased', 'acked'] as const).map((state) => ({
      ...{ seq: 0, at: 0, type: 'delivery.changed', delivery: deliveries[0]!.delivery, message },
      ...{ recipient: 'bob', state, turn },
    })),
  );
  const { db } = hive.hive;
  const older = { type: 'delivery.changed', delivery: 1, message, recipient: 'bob', state: 'queued', turn: null };
  const { lastInsertRowid } = db
    .prepare(`INSERT INTO events (at, type, agent, body) VALUES (7, 'delivery.changed', NULL, ?)`)
    .run(JSON.stringify(older));
  assert.deepEqual(events.after(Number(lastInsertRowid) - 1, 100), [{ seq: Number(lastInsertRowid), at: 7, ...older }]);
  db.exec('DELETE FROM leases; DELETE FROM deliveries');
  assert.equal(events.after(0, 100).filter(({ type }) => type === 'delivery.changed').length, 0);
});
