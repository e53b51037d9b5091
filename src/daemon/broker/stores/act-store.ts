import type { Database } from 'better-sqlite3';
import type { Act } from '#src/protocol/methods/harness.ts';

/** Notes what a turn did besides speaking. */
export function insertAct(db: Database, row: Act & { turn: number }): void {
  db.prepare('INSERT INTO acts (turn_id, kind, summary, at) VALUES (@turn, @kind, @summary, @at)').run(row);
}

/** What a turn did besides speaking, oldest first. */
export function listActs(db: Database, turn: number): Act[] {
  return db.prepare<[number], Act>('SELECT kind, summary, at FROM acts WHERE turn_id = ? ORDER BY id').all(turn);
}
