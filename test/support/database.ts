import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { createWriter, openDatabase } from '#src/daemon/db/index.ts';
import type { GroupWriter } from '#src/daemon/db/index.ts';
import { createTestClock } from './clock.ts';
import type { TestClock } from './clock.ts';

/** The hive's own migrations. */
export const migrationsDir = join(import.meta.dirname, '../../src/daemon/db/migrations');

/** A logger that keeps what was logged as an error. */
export interface TestLog {
  errors: unknown[];
  error(...args: unknown[]): void;
  warn(...args: unknown[]): void;
  info(...args: unknown[]): void;
}

/** Builds a {@link TestLog}. */
export function createTestLog(): TestLog {
  const errors: unknown[] = [];
  return { errors, error: (...args) => void errors.push(args), warn: () => undefined, info: () => undefined };
}

/** A real database in a temporary folder with a writer over it. */
export interface TestDatabase extends AsyncDisposable {
  file: string;
  db: Database;
  writer: GroupWriter;
  clock: TestClock;
  log: TestLog;
  /** What the writer called fatal. */
  fatal: unknown[];
}

/** Opens a fresh database, or `file` again; disposing removes the folder unless it was given. */
export function openTestDatabase(options: { clock?: TestClock; file?: string } = {}): TestDatabase {
  const clock = options.clock ?? createTestClock();
  const folder = options.file ? undefined : mkdtempSync(join(tmpdir(), 'hive-db-'));
  const file = options.file ?? join(folder ?? '', 'hive.db');
  const db = openDatabase(file, { migrationsDir, clock });
  const log = createTestLog();
  const fatal: unknown[] = [];
  const writer = createWriter({ db, clock, log, fatal: (error) => void fatal.push(error) });
  return {
    file,
    db,
    writer,
    clock,
    log,
    fatal,
    async [Symbol.asyncDispose]() {
      await writer[Symbol.asyncDispose]();
      if (db.open) db.close();
      if (folder) rmSync(folder, { recursive: true, force: true });
    },
  };
}
