import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import Sqlite from 'better-sqlite3';
import { dumpSchema, openDatabase } from '#src/daemon/db/index.ts';
import { readMigrations } from '#src/daemon/db/migrate.ts';
import { createTestClock } from '../../../support/clock.ts';
import { migrationsDir } from '../../../support/database.ts';

const clock = createTestClock();
const SCHEMA = join(migrationsDir, '../schema.sql');
const RELEASED = readMigrations(migrationsDir).length;
/** A migration of the release after. */
const NEXT = `${String(RELEASED + 1).padStart(4, '0')}-later.sql`;

/** A folder for one test, with a copy of the migrations that the test may add to. */
function folder(): { file: string; migrations: string } & Disposable {
  const dir = mkdtempSync(join(tmpdir(), 'hive-open-'));
  const migrations = join(dir, 'migrations');
  cpSync(migrationsDir, migrations, { recursive: true });
  const remove = (): void => rmSync(dir, { recursive: true, force: true });
  return { file: join(dir, 'hive.db'), migrations, [Symbol.dispose]: remove };
}

/** Opens, lets `work` use it, closes. */
function withDatabase<T>(file: string, work: (db: Sqlite.Database) => T, migrations = migrationsDir): T {
  const db = openDatabase(file, { migrationsDir: migrations, clock });
  try {
    return work(db);
  } finally {
    db.close();
  }
}

test('a new database is durable, checks references and waits for a foreign lock at most 10 ms', () => {
  using dir = folder();
  const pragmas = withDatabase(dir.file, (db) => {
    db.prepare("INSERT INTO facts (name, value) VALUES ('a', 'b')").run();
    return ['journal_mode', 'synchronous', 'foreign_keys', 'busy_timeout', 'wal_autocheckpoint'].map((name) =>
      db.pragma(name, { simple: true }),
    );
  });
  assert.deepEqual(pragmas, ['wal', 2, 1, 10, 0]);
});

test('nobody but its owner reads a database, its log or its index, whatever the umask', () => {
  using dir = folder();
  const umask = process.umask(0);
  try {
    withDatabase(dir.file, () => {
      for (const suffix of ['', '-wal', '-shm']) assert.equal(statSync(dir.file + suffix).mode & 0o777, 0o600, suffix);
    });
  } finally {
    process.umask(umask);
  }
});

test('what was written is there when the database is opened again', () => {
  using dir = folder();
  withDatabase(dir.file, (db) => db.prepare("INSERT INTO facts (name, value) VALUES ('a', 'b')").run());
  const value = withDatabase(dir.file, (db) => db.prepare("SELECT value FROM facts WHERE name = 'a'").get());
  assert.deepEqual(value, { value: 'b' });
});

test('schema.sql is what the migrations make (HIVE_UPDATE_SCHEMA=1 writes it)', () => {
  using dir = folder();
  const schema = withDatabase(dir.file, dumpSchema);
  if (process.env['HIVE_UPDATE_SCHEMA']) writeFileSync(SCHEMA, schema);
  assert.equal(readFileSync(SCHEMA, 'utf8'), schema);
});

test('the database of another program is refused', () => {
  using dir = folder();
  const foreign = new Sqlite(dir.file);
  foreign.exec('CREATE TABLE notes (a)');
  foreign.close();
  assert.throws(() => withDatabase(dir.file, () => undefined), { message: /is not a hive's database/ });
});

test('a start that was killed while it made the database is taken up', () => {
  using dir = folder();
  writeFileSync(`${dir.file}.new`, 'half');
  withDatabase(dir.file, (db) => assert.equal(db.pragma('user_version', { simple: true }), RELEASED));
});

test('a newer schema is refused and says what to do', () => {
  using dir = folder();
  writeFileSync(join(dir.migrations, NEXT), 'CREATE TABLE later (a INTEGER) STRICT;');
  withDatabase(dir.file, () => undefined, dir.migrations);
  assert.throws(() => withDatabase(dir.file, () => undefined), {
    code: 'unavailable',
    message: new RegExp(`has schema ${RELEASED + 1}, this release knows up to ${RELEASED}`),
  });
});

test('a migration takes a backup first and keeps what is there', () => {
  using dir = folder();
  withDatabase(dir.file, (db) => db.prepare("INSERT INTO facts (name, value) VALUES ('a', 'b')").run());
  writeFileSync(join(dir.migrations, NEXT), 'CREATE TABLE later (a INTEGER) STRICT;');
  withDatabase(dir.file, (db) => db.prepare('INSERT INTO later (a) VALUES (1)').run(), dir.migrations);
  const copy = new Sqlite(join(dir.file, `../backups/hive-schema-${RELEASED}.db`), { readonly: true });
  assert.deepEqual(copy.prepare("SELECT value FROM facts WHERE name = 'a'").get(), { value: 'b' });
  assert.equal(copy.pragma('user_version', { simple: true }), RELEASED);
  copy.close();
});

test('a migration that fails changes nothing, and the next start can try again', () => {
  using dir = folder();
  withDatabase(dir.file, () => undefined);
  const file = join(dir.migrations, NEXT);
  writeFileSync(file, 'CREATE TABLE later (a INTEGER) STRICT; CREATE TABLE facts (a);');
  assert.throws(() => withDatabase(dir.file, () => undefined, dir.migrations), /facts already exists/);
  withDatabase(dir.file, (db) => assert.doesNotMatch(dumpSchema(db), /later/));
  writeFileSync(file, 'CREATE TABLE later (a INTEGER) STRICT;');
  withDatabase(dir.file, (db) => assert.match(dumpSchema(db), /later/), dir.migrations);
});

test('a gap in the numbers of migrations is refused', () => {
  using dir = folder();
  writeFileSync(join(dir.migrations, '0099-gap.sql'), '');
  assert.throws(
    () => withDatabase(dir.file, () => undefined, dir.migrations),
    new RegExp(`should have the number ${RELEASED + 1}`),
  );
});
