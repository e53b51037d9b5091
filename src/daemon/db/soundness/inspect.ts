import { statSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import type { Database } from 'better-sqlite3';
import { HiveError } from '#src/lib/errors.ts';
import { schemaNumber } from '../migrate.ts';
import { dumpSchema } from '../schema-store.ts';
import { isCorrupt, storageCode } from '../storage-error.ts';
import { DamagedError } from './damage.ts';
import { statementsOf } from './known-schema.ts';
import type { KnownSchema } from './known-schema.ts';
import { checkLog } from './log-tail.ts';
import { problemText } from './soundness.ts';
import { isSuspect } from './suspect.ts';

/** `application_id` of the hive's database: "hive" in ASCII. */
export const APPLICATION_ID = 0x68697665;
/** Databases up to this size are read through at every start (about 0.1 s); larger ones once they serve (daemon/health). */
export const FULL_CHECK_BYTES = 32 * 1024 * 1024;
const BUSY_TIMEOUT_MS = 1000;

/**
 * Looks at a database without writing to it, its log included. `schema` is the dump that it should have, where its migrations are known to have run. Throws
 * {@link DamagedError}, or `unavailable` for another program's file.
 */
export function inspect(file: string, schema: KnownSchema | undefined): void {
  const checkFrames = checkLog(file);
  const db = new Sqlite(file, { readonly: true, timeout: BUSY_TIMEOUT_MS });
  try {
    const id = orDamaged(file, () => db.pragma('application_id', { simple: true }));
    if (id !== APPLICATION_ID)
      throw new HiveError('unavailable', `${file} is not a hive's database: move it away`, { retry: false });
    checkFrames(orDamaged(file, () => countFrames(db)));
    if (schema) orDamaged(file, () => checkSchema(file, db, schema));
    if (statSync(file).size > FULL_CHECK_BYTES && !isSuspect(file)) return;
    const found = readThrough(file);
    if (found !== 'ok') throw new DamagedError(file, found);
  } finally {
    db.close();
  }
}

/** Every statement of the dump must be there; more may be, such as an index that somebody added. What was not migrated yet is not compared. */
function checkSchema(file: string, db: Database, { number, statements }: KnownSchema): void {
  if (schemaNumber(db) !== number) return;
  const have = new Set(statementsOf(dumpSchema(db)));
  const missing = statements.find((statement) => !have.has(statement));
  if (missing !== undefined) throw new DamagedError(file, `it has no "${missing.split('\n', 1)[0]}" as it was made`);
}

/**
 * SQLite leaves CHECK constraints out on a connection that only reads (its build.c, `sqlite3AddCheckConstraint`). One that may write changes nothing either
 * as long as it is not the last to close, which would move the log.
 */
function readThrough(file: string): string {
  const db = new Sqlite(file, { fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  try {
    return problemText(db.pragma('integrity_check(1)', { simple: true }));
  } catch (error) {
    // The index of words has errors of its own for what it does not know.
    if (isCorrupt(error) || storageCode(error) === 'SQLITE_ERROR') return problemText(error);
    throw error;
  } finally {
    db.close();
  }
}

function countFrames(db: Database): number {
  const [state] = db.pragma('wal_checkpoint(NOOP)') as { log: number }[];
  return state?.log ?? 0;
}

/** What SQLite calls corrupt is damage; a disk that cannot be read or a lock is not. */
function orDamaged<T>(file: string, look: () => T): T {
  try {
    return look();
  } catch (error) {
    if (!isCorrupt(error)) throw error;
    throw new DamagedError(file, problemText(error), error);
  }
}
