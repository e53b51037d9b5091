import { chmodSync, closeSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import type { Database } from 'better-sqlite3';
import type { Clock } from '#src/lib/clock.ts';
import { HiveError } from '#src/lib/errors.ts';
import { measureLog } from './checkpoints/measure-log.ts';
import { backUpBefore, migrate, readMigrations, refuseNewer, schemaNumber } from './migrate.ts';
import type { Migration } from './migrate.ts';
import { noteOpened } from './schema-store.ts';
import { DamagedError } from './soundness/damage.ts';
import { checkFile } from './soundness/file-check.ts';
import { APPLICATION_ID, inspect } from './soundness/inspect.ts';
import { readKnownSchema } from './soundness/known-schema.ts';
import { endTail, keepTail } from './soundness/log-tail.ts';
import { refuseAfterQuarantine, setAside } from './soundness/quarantine.ts';
import { clearSuspicion } from './soundness/suspect.ts';
import type { Reserve } from './space/reserve.ts';
import { diskFull, isFull, isInputOutput } from './storage-error.ts';
import { syncPath } from './sync-path.ts';

/** A foreign lock blocks the whole loop that long (FACTS/broker); the writer retries without blocking. */
const BUSY_TIMEOUT_MS = 10;
/** A log that a long reader let grow is cut to this when it begins anew. */
const LOG_BYTES = 16 * 1024 * 1024;
/** Everything that was said is in it; SQLite gives its log and index the same mode. */
const OWNER_ONLY = 0o600;

/** What opening needs. */
export interface OpenOptions {
  /** Folder of the numbered `.sql` files. */
  migrationsDir: string;
  clock: Clock;
  /** Room that is given back when the disk is too full to open. */
  reserve?: Reserve;
  /** There was a database before: none is made when it is missing. */
  expected?: boolean;
}

/**
 * Opens the hive's database, made and migrated when needed: WAL, `synchronous=FULL`, foreign keys. The caller closes it. `prepare` keeps statements by their
 * text, so stores may call it every time. Throws `unavailable` with the cause when the file is damaged, foreign or newer; it is never replaced. A full
 * disk is `unavailable` too, once the reserve did not help.
 */
export function openDatabase(file: string, options: OpenOptions): Database {
  try {
    return open(file, options);
  } catch (error) {
    if (!isFull(error)) throw error;
    if (!options.reserve?.release()) throw diskFull(error);
  }
  return openDatabase(file, options);
}

function open(file: string, options: OpenOptions): Database {
  const migrations = readMigrations(options.migrationsDir);
  if (!findSound(file, migrations, options)) create(file, migrations);
  chmodSync(file, OWNER_ONLY);
  const db = connect(file);
  try {
    refuseNewer(db, migrations);
    if (schemaNumber(db) < migrations.length) {
      backUpBefore(db, file);
      migrate(db, migrations);
    }
    assertDurable(db, options.clock.now());
    clearSuspicion(file);
    keepTail(db, measureLog(db).log);
  } catch (error) {
    closeUnlessBroken(db, error);
    throw error;
  }
  keepStatements(db);
  return db;
}

/** Whether there is a database, sound as far as it was looked at. One that is damaged is set aside; no other is made in its place. */
function findSound(file: string, migrations: Migration[], { clock, expected, migrationsDir }: OpenOptions): boolean {
  try {
    if (checkFile(file)) {
      inspect(file, readKnownSchema(migrationsDir, migrations.length));
      return true;
    }
  } catch (error) {
    throw error instanceof DamagedError ? setAside(file, error, clock.now()) : error;
  }
  refuseAfterQuarantine(file);
  if (expected)
    throw new HiveError(
      'unavailable',
      `the database ${file} is missing, though this hive had one: put it or a backup back there`,
      { retry: false },
    );
  return false;
}

/** Makes the file under another name first: one that is there is always complete, so an empty one can be called damaged. */
function create(file: string, migrations: Migration[]): void {
  const draft = `${file}.new`;
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${draft}${suffix}`, { force: true });
  closeSync(openSync(draft, 'wx', OWNER_ONLY));
  const db = connect(draft);
  try {
    db.pragma(`application_id = ${APPLICATION_ID}`);
    migrate(db, migrations);
    db.pragma('wal_checkpoint(TRUNCATE)');
  } catch (error) {
    closeUnlessBroken(db, error);
    throw error;
  }
  db.close();
  syncPath(draft);
  renameSync(draft, file);
  syncPath(dirname(file));
}

function connect(file: string): Database {
  const db = new Sqlite(file, { timeout: BUSY_TIMEOUT_MS });
  closeCleanly(db);
  try {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    db.pragma('wal_autocheckpoint = 0');
    db.pragma(`journal_size_limit = ${LOG_BYTES}`);
    db.pragma('temp_store = MEMORY');
  } catch (error) {
    closeUnlessBroken(db, error);
    throw error;
  }
  return db;
}

/** Closing syncs and moves the log: after a failed fsync that is left to the next start. */
function closeUnlessBroken(db: Database, error: unknown): void {
  if (!isInputOutput(error)) db.close();
}

/** better-sqlite3 falls back to NORMAL at the first write unless told otherwise: looked at after one (FACTS/broker). */
function assertDurable(db: Database, now: number): void {
  noteOpened(db, now);
  const level = db.pragma('synchronous', { simple: true });
  if (level !== 2) throw new HiveError('internal', `synchronous is ${String(level)} instead of 2 (FULL) after a write`);
}

function keepStatements(db: Database): void {
  const statements = new Map<string, unknown>();
  const prepare = db.prepare.bind(db);
  db.prepare = ((text: string) => {
    const kept = statements.get(text);
    if (kept) return kept;
    const made = prepare(text);
    statements.set(text, made);
    return made;
  }) as Database['prepare'];
}

/** The record of the log's end goes right before the log itself may. */
function closeCleanly(db: Database): void {
  const close = db.close.bind(db);
  db.close = () => {
    if (db.open) endTail(db);
    return close();
  };
}
