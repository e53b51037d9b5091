import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import test from 'node:test';
import Sqlite from 'better-sqlite3';
import type { Writer } from '#src/daemon/db/index.ts';
import { openTestDatabase, type TestDatabase } from '../../../support/database.ts';
import { waitUntil } from '../../../support/wait.ts';

const MIB = 1024 * 1024;

/** Pages in the log, and how many of them are in the database file. */
function logOf({ db }: Pick<TestDatabase, 'db'>): { log: number; checkpointed: number } {
  return (db.pragma('wal_checkpoint(NOOP)') as { log: number; checkpointed: number }[])[0]!;
}

/** Writes `mib` MiB in commits of 256 KiB; answers how far the log grew and how often it began anew. */
async function fill(
  { writer, ...hive }: TestDatabase,
  mib: number,
  write: Writer['writeBehind'] = (work) => writer.write('a', work),
): Promise<{ longest: number; restarts: number }> {
  const seen = { longest: 0, restarts: 0 };
  for (let last = 0, commit = 0; commit < mib * 4; commit++) {
    await write((tx) =>
      tx.db
        .prepare(
          'INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
        )
        .run(String(commit % 64), String(commit % 10).repeat(MIB / 4)),
    );
    const { log } = logOf(hive);
    if (log < last) seen.restarts++;
    seen.longest = Math.max(seen.longest, log);
    last = log;
  }
  return seen;
}

/** Texts of checkpoints that the main thread's connection runs. */
function spyCheckpoints(hive: TestDatabase): Set<string> {
  const seen = new Set<string>();
  const { pragma } = hive.db;
  hive.db.pragma = function spied(text: string, options?: Sqlite.PragmaOptions) {
    if (text.includes('checkpoint')) seen.add(text);
    return pragma.call(this, text, options);
  };
  return seen;
}

test('the log begins anew while writes never pause, and the main thread moves nothing itself', async () => {
  await using hive = openTestDatabase();
  const spied = spyCheckpoints(hive);
  const { longest, restarts } = await fill(hive, 128);
  assert.ok(restarts >= 2, `began anew ${restarts} times, longest ${longest}`);
  assert.ok(longest * 4096 < 64 * MIB, `${longest} pages`);
  assert.deepEqual([...spied], ['wal_checkpoint(NOOP)']);
  assert.equal(hive.db.pragma('integrity_check', { simple: true }), 'ok');
});

test('what is written behind comes through while the log begins anew again and again', async () => {
  await using hive = openTestDatabase();
  const { longest, restarts } = await fill(hive, 64, (work) => hive.writer.writeBehind(work));
  assert.ok(restarts >= 2, `began anew ${restarts} times, longest ${longest}`);
  assert.ok(longest * 4096 < 64 * MIB, `${longest} pages`);
});

test('F20: a reader that keeps its transaction open stops nobody; once it is gone the log is short again', async () => {
  await using hive = openTestDatabase();
  const reader = new Sqlite(hive.file, { readonly: true });
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM facts').get();
  const { restarts } = await fill(hive, 48);
  assert.equal(restarts, 0, 'what the reader may still need stays');
  reader.close();
  await fill(hive, 16);
  await waitUntil('the log is short', async () => {
    await fill(hive, 4);
    return statSync(`${hive.file}-wal`).size <= 32 * MIB;
  });
  assert.equal(hive.log.errors.length, 1, 'told once');
  assert.match(JSON.stringify(hive.log.errors), /has \d+ MiB, since some process keeps a transaction open/);
  assert.deepEqual(hive.fatal, []);
});

test('disposing while the log is moved waits for it and leaves nothing running', async () => {
  const hive = openTestDatabase();
  await fill(hive, 8);
  await hive[Symbol.asyncDispose]();
  assert.equal(process.getActiveResourcesInfo().filter((what) => what === 'MessagePort').length, 0);
});
