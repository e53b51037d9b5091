import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { HiveError } from '#src/lib/errors.ts';
import { copyInto } from './schema-store.ts';
import { storageCode } from './storage-error.ts';
import { syncPath } from './sync-path.ts';

/** One numbered step of the schema. */
export interface Migration {
  number: number;
  name: string;
  sql: string;
}

/** Reads `NNNN-name.sql` files in order; throws `internal` when a number is missing or taken twice. */
export function readMigrations(dir: string): Migration[] {
  const files = readdirSync(dir)
    .filter((file) => /^\d{4}-[a-z0-9-]+\.sql$/.test(file))
    .toSorted();
  return files.map((name, index) => {
    const number = Number(name.slice(0, 4));
    if (number !== index + 1) throw new HiveError('internal', `migration ${name} should have the number ${index + 1}`);
    return { number, name, sql: readFileSync(join(dir, name), 'utf8') };
  });
}

/** Number of the last migration that ran in this database; 0 = none. */
export function schemaNumber(db: Database): number {
  return db.pragma('user_version', { simple: true }) as number;
}

/** Throws `unavailable` when a newer release wrote this database. */
export function refuseNewer(db: Database, migrations: Migration[]): void {
  const have = schemaNumber(db);
  if (have <= migrations.length) return;
  throw new HiveError(
    'unavailable',
    `the database has schema ${have}, this release knows up to ${migrations.length}: start the release that wrote it, or restore a backup from before`,
    { retry: false },
  );
}

/**
 * Runs what is missing, each migration in one immediate transaction that also records its number. Throws `unavailable` when one does not fit what is there, as
 * over a number that was damaged; nothing of that one is kept.
 */
export function migrate(db: Database, migrations: Migration[]): void {
  for (const migration of migrations.slice(schemaNumber(db))) {
    const run = db.transaction(() => {
      db.exec(migration.sql);
      db.pragma(`user_version = ${migration.number}`);
    });
    try {
      run.immediate();
    } catch (error) {
      throw storageCode(error) === 'SQLITE_ERROR' ? unfitting(migration, error) : error;
    }
  }
}

function unfitting({ name }: Migration, error: unknown): HiveError {
  const text = `migration ${name} does not fit the database (${String(error)}), and nothing of it was kept: go back to a backup from before`;
  return new HiveError('unavailable', text, { retry: false, cause: error });
}

/** Copies the database to `backups/` beside it, durably, before it is changed; answers the copy's path. A copy that an interrupted start left is made again. */
export function backUpBefore(db: Database, file: string): string {
  const dir = join(dirname(file), 'backups');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const copy = join(dir, `${basename(file, '.db')}-schema-${schemaNumber(db)}.db`);
  rmSync(copy, { force: true });
  copyInto(db, copy);
  for (const path of [copy, dir, dirname(dir)]) syncPath(path);
  return copy;
}
