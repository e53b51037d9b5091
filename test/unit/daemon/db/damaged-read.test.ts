import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import test from 'node:test';
import { openTestDatabase } from '../../../support/database.ts';

const PAGE = 4096;

test('F18: damage that a read meets ends the hive as one that a write meets does, and the next start reads everything', async () => {
  await using hive = openTestDatabase();
  for (let fact = 0; fact < 40; fact++)
    await hive.writer.write('a', (tx) =>
      tx.db.prepare('INSERT INTO facts (name, value) VALUES (?, ?)').run(`fact ${fact}`, 'x'.repeat(1000)),
    );
  hive.db.pragma('wal_checkpoint(TRUNCATE)');
  const count = (): unknown =>
    hive.writer.read((db) => db.prepare('SELECT sum(length(value)) FROM facts').pluck().get());
  assert.ok(Number(count()) > 40_000);
  const { rootpage } = hive.db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'facts'").get() as {
    rootpage: number;
  };
  // By another process: closing a descriptor here would drop SQLite's locks.
  const seek = `seek=${(rootpage - 1) * PAGE}`;
  execFileSync('dd', [`of=${hive.file}`, 'bs=1', seek, 'conv=notrunc', 'status=none'], { input: '\xff'.repeat(64) });
  hive.db.pragma('shrink_memory');
  assert.throws(count, { code: 'SQLITE_CORRUPT' });
  assert.equal(hive.fatal.length, 1);
  assert.ok(existsSync(`${hive.file}-suspect`));
  await assert.rejects(
    hive.writer.write('a', () => undefined),
    { code: 'unavailable' },
  );
});
