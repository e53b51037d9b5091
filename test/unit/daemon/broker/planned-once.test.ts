import assert from 'node:assert/strict';
import test, { mock } from 'node:test';
import type { Database } from 'better-sqlite3';
import { listHead, listLeasedTo, listQueued } from '#src/daemon/broker/stores/delivery-store.ts';
import { listLeasesOfTurn, listOpenLeases } from '#src/daemon/broker/stores/lease-store.ts';
import { findStanding } from '#src/daemon/broker/stores/session-store.ts';
import { findEndingTurn } from '#src/daemon/broker/stores/turn-store.ts';
import { openTestBroker, to } from '../../../support/broker.ts';

/** How often SQLite planned what `act` runs anew when it ran again: better-sqlite3 then compiles a function that builds its rows. */
function plannedAgain(act: () => unknown): number {
  act();
  const compiled = mock.method(globalThis, 'Function');
  act();
  act();
  compiled.mock.restore();
  return compiled.mock.callCount();
}

test('what every turn reads is planned once, not at every call', async () => {
  await using hive = await openTestBroker(['alice', 'bob']);
  const session = await hive.connect('bob');
  for (const body of ['one', 'two']) await hive.broker.send('alice', to('bob', body));
  const { turn } = await hive.next(session, 1);
  const { db } = hive.hive;
  const reads: [string, (db: Database) => unknown[]][] = [
    ['claim', () => listQueued(db, [2])],
    ['claim of several', () => listQueued(db, [1, 2])],
    ['deliveries of a turn', () => listLeasedTo(db, turn)],
    ['head of a queue', () => listHead(db, [1, 2])],
    ['open leases of a turn', () => listOpenLeases(db, turn)],
    ['the end of a turn', () => [findEndingTurn(db, turn)]],
    ['where a session stands', () => [findStanding(db, session)]],
    ['all leases of a turn', () => listLeasesOfTurn(db, turn)],
  ];
  for (const [name, read] of reads) {
    assert.equal(read(db).length, 1, name);
    assert.equal(
      plannedAgain(() => read(db)),
      0,
      name,
    );
  }
  const careless = db.prepare('SELECT id FROM leases WHERE turn_id = ? ORDER BY delivery_id');
  assert.ok(plannedAgain(() => careless.all(turn)) > 0, 'this test cannot tell any more');
});
