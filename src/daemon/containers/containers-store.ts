import type { Database } from 'better-sqlite3';
import type { ContainerEnd, ContainerHandle } from './engine.ts';

/** A recorded container. */
export interface ContainerRow {
  session: number;
  agent: string;
  engine: string;
  handle: ContainerHandle;
}

/** A recorded container that has ended. */
export interface EndedRow extends ContainerEnd {
  session: number;
  agent: string;
}

/** Records that a session's container was started. */
export function insertContainer(db: Database, row: ContainerRow, now: number): void {
  db.prepare('INSERT INTO containers (session_id, agent, engine, handle, started_at) VALUES (?, ?, ?, ?, ?)').run(
    row.session,
    row.agent,
    row.engine,
    row.handle,
    now,
  );
}

/** Records how a container ended; the first end stays. */
export function markEnded(db: Database, session: number, end: ContainerEnd, now: number): void {
  db.prepare(
    'UPDATE containers SET ended_at = ?, exit_code = ?, reason = ? WHERE session_id = ? AND ended_at IS NULL',
  ).run(now, end.exitCode, end.reason, session);
}

/** Containers not recorded as ended. */
export function listNotEnded(db: Database): ContainerRow[] {
  return db
    .prepare('SELECT session_id AS session, agent, engine, handle FROM containers WHERE ended_at IS NULL')
    .all() as ContainerRow[];
}

/** Ended containers whose session was never told: the daemon died between the two. */
export function listUntold(db: Database): EndedRow[] {
  return db
    .prepare(
      `SELECT c.session_id AS session, c.agent, c.exit_code AS exitCode, c.reason
       FROM containers c JOIN sessions s ON s.id = c.session_id
       WHERE c.ended_at IS NOT NULL AND s.state <> 'ended'`,
    )
    .all() as EndedRow[];
}

/** How a session's container ended, or null when it has not or there was none. */
export function findEnd(db: Database, session: number): ContainerEnd | null {
  const row = db
    .prepare('SELECT exit_code AS exitCode, reason FROM containers WHERE session_id = ? AND ended_at IS NOT NULL')
    .get(session) as ContainerEnd | undefined;
  return row ?? null;
}
