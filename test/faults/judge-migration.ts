import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { openDatabase } from '#src/daemon/db/index.ts';
import { createTestClock } from '../support/clock.ts';
import { migrationsDir } from '../support/database.ts';
import { RELEASED, STEPS } from './homes.ts';
import { START } from './hive.ts';

/**
 * Opens a database whose migration may have been cut with the release before: it opens it as it was, or refuses it cleanly, and then there is a backup. Whatever step it
 * is at, that step is whole. Answers what is wrong, in words.
 */
export function judgeMigration(file: string): string[] {
  if (!existsSync(file)) return ['the database is gone'];
  const clock = createTestClock(START);
  try {
    const db = openDatabase(file, { migrationsDir, clock });
    const schema = db.pragma('user_version', { simple: true });
    db.close();
    return schema === RELEASED ? [] : [`the release before opened schema ${String(schema)}`];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (!/has schema \d+, this release knows up to/.test(message))
      return [`the release before refused with "${message}"`];
  }
  return [...stepWrong(file), ...backupWrong(file)];
}

/** Every step is there whole, or not at all. */
function stepWrong(file: string): string[] {
  const db = new Sqlite(file);
  try {
    const schema = Number(db.pragma('user_version', { simple: true })) - RELEASED;
    const tables = db.prepare<[], { name: string }>(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all();
    const found = ['labels', 'notes'].filter((name) => tables.some((table) => table.name === name));
    const expected = STEPS[schema - 1] ?? [];
    return found.join() === expected.join()
      ? []
      : [`after step ${schema} there are the tables ${found.join() || 'none'}`];
  } finally {
    db.close();
  }
}

function backupWrong(file: string): string[] {
  const path = join(dirname(file), 'backups', `hive-schema-${RELEASED}.db`);
  if (!existsSync(path)) return ['the schema changed without a backup'];
  const copy = new Sqlite(path);
  try {
    const check = copy.pragma('integrity_check', { simple: true });
    const schema = copy.pragma('user_version', { simple: true });
    return check === 'ok' && schema === RELEASED
      ? []
      : [`the backup has schema ${String(schema)} and is ${String(check)}`];
  } catch (error) {
    return [`the backup cannot be read: ${String(error)}`];
  } finally {
    copy.close();
  }
}
