import type { Database } from 'better-sqlite3';

/** `lost` sessions may act no more, but hold their leases until the container was seen dead; `ended` is final. */
export type SessionState = 'starting' | 'live' | 'disconnected' | 'lost' | 'ended';

/** A harness session as stored. */
export interface SessionRow {
  id: number;
  agent: string;
  nonce_hash: string;
  state: SessionState;
  hello_at: number | null;
  lost_reason: string | null;
}

const COLUMNS = 'id, agent, nonce_hash, state, hello_at, lost_reason';

/** Stores a session whose container is about to start; answers its id. */
export function insertSession(db: Database, row: { agent: string; nonceHash: string; at: number }): number {
  const { lastInsertRowid } = db
    .prepare(`INSERT INTO sessions (agent, nonce_hash, state, started_at) VALUES (@agent, @nonceHash, 'starting', @at)`)
    .run(row);
  return Number(lastInsertRowid);
}

/** A session by its id. */
export function findSession(db: Database, id: number): SessionRow | undefined {
  return db.prepare<[number], SessionRow>(`SELECT ${COLUMNS} FROM sessions WHERE id = ?`).get(id);
}

/** The session that was given this nonce. */
export function findSessionByNonce(db: Database, nonceHash: string): SessionRow | undefined {
  return db.prepare<[string], SessionRow>(`SELECT ${COLUMNS} FROM sessions WHERE nonce_hash = ?`).get(nonceHash);
}

/** What decides whether a session gets a turn. */
export interface StandingRow {
  id: number;
  agent: string;
  state: SessionState;
  /** The running turn of its agent. */
  turn: number | null;
}

/** In one look-up: it is part of every turn. */
export function findStanding(db: Database, session: number): StandingRow | undefined {
  return db
    .prepare<[number], StandingRow>(
      `SELECT id, agent, state, (
         SELECT id FROM turns INDEXED BY turns_running WHERE agent = sessions.agent AND ended_at IS NULL
       ) AS turn FROM sessions WHERE id = ?`,
    )
    .get(session);
}

/** What decides whether, and in which turn, an agent may speak. */
export interface SpeakerRow {
  state: SessionState | null;
  turn: number | null;
  /** Of the turn: what it says is one deeper. */
  depth: number | null;
  /** Whom it may write to, as a JSON list; null = everybody. */
  recipients: string | null;
  /** The agent that it speaks to, unless there is none of that name. */
  known: string | null;
}

/** All in one look-up, and each name handed over once: it is part of every send. A join instead of look-ups by index costs five times as much. */
export function findSpeaker(db: Database, agent: string, to: string | null): SpeakerRow {
  const row = db
    .prepare<[string | null, string], SpeakerRow>(
      `SELECT
         (SELECT state FROM sessions INDEXED BY sessions_current WHERE agent = who.name AND state <> 'ended') AS state,
         (SELECT id FROM turns INDEXED BY turns_running WHERE agent = who.name AND ended_at IS NULL) AS turn,
         (SELECT depth FROM turns INDEXED BY turns_running WHERE agent = who.name AND ended_at IS NULL) AS depth,
         (SELECT recipients FROM agents WHERE name = who.name) AS recipients,
         (SELECT name FROM agents WHERE name = ? AND removed_at IS NULL) AS known
       FROM (SELECT ? AS name) AS who`,
    )
    .get(to, agent);
  return row ?? { state: null, turn: null, depth: null, recipients: null, known: null };
}

/** The agent's session that is not ended. */
export function findCurrentSession(db: Database, agent: string): SessionRow | undefined {
  return db
    .prepare<[string], SessionRow>(
      `SELECT ${COLUMNS} FROM sessions INDEXED BY sessions_current WHERE agent = ? AND state <> 'ended'`,
    )
    .get(agent);
}

/** Sessions that have not ended, at most one per agent, oldest first. */
export function listCurrentSessions(db: Database): SessionRow[] {
  return db
    .prepare<[], SessionRow>(
      `SELECT ${COLUMNS} FROM sessions INDEXED BY sessions_current WHERE state <> 'ended' ORDER BY id`,
    )
    .all();
}

/** Connections of an earlier daemon are gone. */
export function disconnectAll(db: Database): void {
  db.prepare(`UPDATE sessions SET state = 'disconnected' WHERE state = 'live'`).run();
}

/** Its harness said hello; the time of the first one stays. */
export function setSessionLive(db: Database, row: { id: number; build: string; at: number }): void {
  db.prepare(
    `UPDATE sessions SET state = 'live', build = @build, hello_at = coalesce(hello_at, @at) WHERE id = @id`,
  ).run(row);
}

/** Its connection broke; it may come back. */
export function setSessionDisconnected(db: Database, id: number): void {
  db.prepare(`UPDATE sessions SET state = 'disconnected' WHERE id = ?`).run(id);
}

/** `reason` null = the hive ends it by its own decision; an earlier reason stays. */
export function setSessionLost(db: Database, row: { id: number; reason: string | null }): void {
  db.prepare(`UPDATE sessions SET state = 'lost', lost_reason = coalesce(lost_reason, @reason) WHERE id = @id`).run(
    row,
  );
}

/** Its container is dead: nothing of it comes back. */
export function setSessionEnded(db: Database, row: { id: number; at: number; reason: string }): void {
  db.prepare(`UPDATE sessions SET state = 'ended', ended_at = @at, end_reason = @reason WHERE id = @id`).run(row);
}
