import { setPriority } from 'node:os';
import { crc32 } from 'node:zlib';
import Sqlite from 'better-sqlite3';
import type { Database } from 'better-sqlite3';
import { problemText } from './soundness.ts';
import type { Soundness } from './soundness.ts';

/** Messages that are read in one transaction: no long one may keep the log from beginning anew. */
const SLICE = 2000;

/**
 * A process of its own that reads a whole database at the lowest priority, page by page and text by text: `node check-main.ts FILE`. It prints a
 * {@link Soundness} and can be killed at any moment.
 */
function main(file: string): void {
  setPriority(19);
  const db = new Sqlite(file, { readonly: true, fileMustExist: true });
  const found: Soundness = { problem: findProblem(db), damaged: [] };
  if (found.problem === null) found.damaged = findDamagedTexts(db);
  process.stdout.write(JSON.stringify(found));
  db.close();
}

function findProblem(db: Database): string | null {
  const tables = db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
  for (const table of tables) {
    const found = checkTable(db, table);
    if (found !== 'ok') return found;
  }
  return null;
}

function checkTable(db: Database, table: string): string {
  try {
    return problemText(db.pragma(`integrity_check("${table}")`, { simple: true }));
  } catch (error) {
    return problemText(error);
  }
}

function findDamagedTexts(db: Database): number[] {
  const slice = db.prepare<[number, number], { id: number; body: string; body_crc: number }>(
    'SELECT id, body, body_crc FROM messages WHERE id > ? ORDER BY id LIMIT ?',
  );
  const damaged: number[] = [];
  for (let rows = slice.all(0, SLICE); rows.length > 0; rows = slice.all(rows.at(-1)!.id, SLICE))
    damaged.push(...rows.filter((row) => crc32(row.body) !== row.body_crc).map(({ id }) => id));
  return damaged;
}

main(process.argv[2] ?? '');
