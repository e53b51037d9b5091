import assert from 'node:assert/strict';
import test from 'node:test';
import Sqlite from 'better-sqlite3';
import { migrate, readMigrations } from '#src/daemon/db/migrate.ts';
import { migrationsDir } from '../../../support/database.ts';

const BEFORE = `
  INSERT INTO sessions (id, agent, nonce_hash, state, started_at) VALUES (1, 'bob', '', 'live', 0);
  INSERT INTO turns (id, agent, session_id, cause, phase, started_at) VALUES (2, 'bob', 1, '', 'leased', 0);
  INSERT INTO messages (id, sender, recipient, kind, body, created_at, body_crc) VALUES (3, 'alice', 'bob', 'message', '', 0, 0);
  INSERT INTO deliveries (id, message_id, recipient, state, wakes, changed_at) VALUES (4, 3, 'bob', 'leased', 1, 0);
  INSERT INTO leases VALUES (5, 4, 1, 2, 10, 11, 12, 'failed'), (6, 4, 1, 2, 13, NULL, NULL, NULL);`;

test('leases of before are kept with their numbers, and checked as before', () => {
  const db = new Sqlite(':memory:');
  const migrations = readMigrations(migrationsDir);
  db.pragma('foreign_keys = ON');
  migrate(db, migrations.slice(0, 2));
  db.exec(BEFORE);
  const leases = db.prepare('SELECT * FROM leases ORDER BY id').all();
  migrate(db, migrations);
  assert.deepEqual(db.prepare('SELECT * FROM leases ORDER BY id').all(), leases);
  for (const [wrong, why] of [
    [`UPDATE leases SET outcome = 'lost' WHERE id = 6`, /CHECK/],
    ['UPDATE leases SET turn_id = 9 WHERE id = 6', /FOREIGN KEY/],
    ['INSERT INTO leases VALUES (7, 4, 1, 2, 14, NULL, NULL, NULL)', /UNIQUE/],
  ] as const)
    assert.throws(() => db.exec(wrong), why);
  assert.deepEqual(db.pragma('foreign_key_check'), []);
  db.close();
});
