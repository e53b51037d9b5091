import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { test } from 'node:test';
import { createWriter } from '#src/daemon/db/index.ts';
import { lockHolders } from '#src/daemon/db/lock-holders.ts';
import { systemClock } from '#src/lib/clock.ts';
import { openTestDatabase } from '../support/database.ts';
import { startForeignUser } from '../support/foreign-database-user.ts';
import { waitUntil } from '../support/wait.ts';

/** Looks at a foreign lock while it is held; the 15 s after which callers are told pass on a test's clock (writer.test.ts). */
const HELD_MS = 3000;

test('F21: another process holds the write lock: the loop goes on, callers wait, everything is stored once it is gone', async () => {
  await using hive = openTestDatabase();
  await using writer = createWriter({ ...hive, clock: systemClock, fatal: (error) => void hive.fatal.push(error) });
  const delay = monitorEventLoopDelay({ resolution: 5 });
  let settled = 0;
  let writes: Promise<unknown>[];
  {
    await using foreign = await startForeignUser(hive.file, ['BEGIN IMMEDIATE']);
    assert.deepEqual(lockHolders(hive.file).writers, [foreign.pid]);
    delay.enable();
    writes = Array.from({ length: 50 }, (_, index) =>
      writer
        .write(`lane ${index}`, (tx) => tx.db.prepare("INSERT INTO facts (name, value) VALUES (?, '')").run(`${index}`))
        .finally(() => settled++),
    );
    const since = performance.now();
    await waitUntil('the lock was held for some time', () => performance.now() - since > HELD_MS);
    delay.disable();
    assert.equal(settled, 0, 'nothing was stored, nobody was told anything yet');
  }
  await Promise.all(writes);
  assert.ok(delay.max / 1e6 < 500, `the loop stood still for ${delay.max / 1e6} ms`);
  assert.equal(hive.db.prepare("SELECT count(*) AS many FROM facts WHERE value = ''").pluck().get(), 50);
  assert.deepEqual(hive.fatal, []);
});

test('F20: who keeps a transaction open is known by its pid', async () => {
  await using hive = openTestDatabase();
  await using foreign = await startForeignUser(hive.file, ['BEGIN', 'SELECT count(*) FROM facts']);
  assert.deepEqual(lockHolders(hive.file), { writers: [], readers: [foreign.pid] });
});
