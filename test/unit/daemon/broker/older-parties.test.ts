import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { PARTIES_BATCH, setPartiesUpTo } from '#src/daemon/broker/stores/party-store.ts';
import { openDatabase } from '#src/daemon/db/index.ts';
import type { Database } from '#src/daemon/db/index.ts';
import { openTestBroker } from '../../../support/broker.ts';
import { createTestClock } from '../../../support/clock.ts';
import { migrationsDir, openTestDatabase } from '../../../support/database.ts';

/** Two batches of reminders that alice set herself, noted as an older release did: each of them once as sent and once as got. Zoe got the last one; one list is damaged. */
function addOwn(db: Database): void {
  const insert = db.prepare(
    `INSERT INTO messages (id, sender, recipient, kind, body, created_at, depth, body_crc) VALUES (?, 'alice', ?, 'reminder', '', 0, 0, 0)`,
  );
  const note = db.prepare('INSERT INTO message_parties (party, first_id, many, message_ids) VALUES (?, ?, ?, ?)');
  const last = 2 * PARTIES_BATCH;
  for (let id = 1; id <= last; id++) insert.run(id, id === last ? 'zoe' : 'alice');
  for (let first = 1; first < last; first += PARTIES_BATCH) {
    const ids = Array.from({ length: PARTIES_BATCH }, (_, index) => first + index);
    const twice = ids.flatMap((id) => (id === last ? [id] : [id, id]));
    note.run('alice', first, twice.length, JSON.stringify(twice));
  }
  note.run('zoe', last, 1, `[${last}]`);
  note.run('gone', 1, 2, '[1,1');
  setPartiesUpTo(db, last);
}

test('an agent’s own reminders that an older release noted twice fill its pages once the database is migrated', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hive-parties-'));
  try {
    const file = join(dir, 'hive.db');
    const before = join(dir, 'migrations');
    cpSync(join(migrationsDir, '0001-hive.sql'), join(before, '0001-hive.sql'));
    const old = openDatabase(file, { migrationsDir: before, clock: createTestClock() });
    old.transaction(addOwn)(old);
    old.close();
    await using database = openTestDatabase({ file });
    await using hive = await openTestBroker(['alice', 'zoe'], { hive: database });
    for (const end of [2 * PARTIES_BATCH + 1, PARTIES_BATCH + 5, PARTIES_BATCH, 60]) {
      const page = hive.broker.messages({ agent: 'alice', max: 50, before: end });
      const ids = page.messages.map(({ id }) => id);
      assert.deepEqual([ids, page.more], [Array.from({ length: 50 }, (_, index) => end - 1 - index), true]);
    }
    const zoes = hive.broker.messages({ agent: 'zoe', max: 50 });
    assert.deepEqual([zoes.messages.map(({ id }) => id), zoes.more], [[2 * PARTIES_BATCH], false]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
