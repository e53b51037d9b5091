import assert from 'node:assert/strict';
import test from 'node:test';
import Sqlite from 'better-sqlite3';
import { listAllQueued } from '#src/daemon/broker/stores/delivery-store.ts';
import { migrate, readMigrations } from '#src/daemon/db/migrate.ts';
import { migrationsDir } from '../../../support/database.ts';

const BEFORE = `
  INSERT INTO messages (id, sender, recipient, kind, body, created_at, body_crc) VALUES (1, 'alice', '*', 'message', '', 0, 0);
  INSERT INTO deliveries (id, message_id, recipient, state, wakes, changed_at)
    VALUES (1, 1, 'zoe', 'queued', 1, 0), (2, 1, 'bob', 'acked', 1, 0), (3, 1, 'bob', 'queued', 0, 0), (4, 1, 'alice', 'queued', 1, 0);`;

test('what was queued before is in the index of the queues in order, and what is queued no more is not', () => {
  const db = new Sqlite(':memory:');
  const migrations = readMigrations(migrationsDir);
  migrate(db, migrations.slice(0, 4));
  db.exec(BEFORE);
  migrate(db, migrations);
  const queued = listAllQueued(db, 0, -1).map(({ delivery, recipient, wakes }) => [delivery, recipient, wakes]);
  assert.deepEqual(queued, [
    [1, 'zoe', 1],
    [3, 'bob', 0],
    [4, 'alice', 1],
  ]);
  assert.equal(listAllQueued(db, 1, 1)[0]?.delivery, 3);
  assert.equal(db.pragma('integrity_check', { simple: true }), 'ok');
  db.close();
});
