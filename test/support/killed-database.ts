import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { openDatabase } from '#src/daemon/db/index.ts';
import { createTestClock } from './clock.ts';
import { migrationsDir, openTestDatabase } from './database.ts';

/** A folder with a database, as a process left it. */
export interface LeftDatabase extends Disposable {
  dir: string;
  file: string;
}

/** Facts that {@link leaveDatabase} stored, one commit each. */
export const FACTS = 40;

/** A database with {@link FACTS} facts: as a killed daemon leaves it, with its log, or closed. A copy by another process, which has no locks to lose. */
export async function leaveDatabase(how: 'killed' | 'closed', from = 0): Promise<LeftDatabase> {
  const hive = openTestDatabase();
  const dir = mkdtempSync(join(tmpdir(), 'hive-left-'));
  await storeFacts(hive, from);
  if (how === 'closed') hive.db.close();
  execFileSync('sh', ['-c', 'cp -p "$1"* "$2"', 'sh', hive.file, dir]);
  await hive[Symbol.asyncDispose]();
  return { dir, file: join(dir, 'hive.db'), [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) };
}

async function storeFacts({ writer }: ReturnType<typeof openTestDatabase>, from: number): Promise<void> {
  for (let fact = from; fact < from + FACTS; fact++)
    await writer.write('a', (tx) =>
      tx.db.prepare('INSERT INTO facts (name, value) VALUES (?, ?)').run(`fact ${fact}`, 'x'.repeat(1000)),
    );
}

/** Opens the hive's database, lets `work` use it, closes it. */
export function withOpened<T>(file: string, work: (db: Sqlite.Database) => T): T {
  const db = openDatabase(file, { migrationsDir, clock: createTestClock() });
  try {
    return work(db);
  } finally {
    db.close();
  }
}

/** How many facts of {@link leaveDatabase} are there. */
export function countFacts(db: Sqlite.Database): number {
  return (db.prepare("SELECT count(*) AS many FROM facts WHERE name LIKE 'fact %'").get() as { many: number }).many;
}

/** Changes bytes of a file in place. */
export function overwrite(file: string, at: number, bytes: Buffer): void {
  const content = readFileSync(file);
  bytes.copy(content, at);
  writeFileSync(file, content);
}

/** Copies what is in a folder over what is in another. */
export function copyOver(from: string, to: string): void {
  cpSync(from, to, { recursive: true, preserveTimestamps: true });
}

/** What is in the files of a database, by name; SQLite may have made an empty log. */
export function contents(dir: string): Record<string, string> {
  const names = readdirSync(dir).filter((name) => name.startsWith('hive.db') && !name.endsWith('-shm'));
  const filled = names.filter((name) => name === 'hive.db' || statSync(join(dir, name)).size > 0).toSorted();
  return Object.fromEntries(filled.map((name) => [name, hash('sha256', readFileSync(join(dir, name)))]));
}
