import type { Database } from 'better-sqlite3';
import type { AgentConfig } from '#src/protocol/agent-config.ts';
import type { AgentRecord } from './api.ts';

/** An agent as stored: its record, the forge's number of its account once it has one, and when it was removed. */
export interface StoredAgent extends AgentRecord {
  forgeUserId: number | null;
  removedAt: number | null;
}

interface AgentTableRow {
  name: string;
  uid: number;
  forge_user_id: number | null;
  config: string;
  config_commit: string;
  prompt: string;
  paused: number;
  stopped: number;
  parked_until: number | null;
  failure: string | null;
  status_text: string | null;
  status_set_at: number | null;
  changed_at: number;
  removed_at: number | null;
}

/** Every agent that ever was, by name. */
export function listAgents(db: Database): StoredAgent[] {
  return db.prepare<[], AgentTableRow>('SELECT * FROM agents ORDER BY name').all().map(fromRow);
}

/** One agent, also a removed one. */
export function findAgent(db: Database, name: string): StoredAgent | undefined {
  const row = db.prepare<[string], AgentTableRow>('SELECT * FROM agents WHERE name = ?').get(name);
  return row && fromRow(row);
}

/** What the desired state says of an agent. */
export interface Placement {
  name: string;
  config: AgentConfig;
  commit: string;
  prompt: string;
  failure: string | null;
  now: number;
}

/** Adds an agent under a uid of its own. */
export function insertAgent(db: Database, { config, ...placement }: Placement & { uid: number }): void {
  db.prepare(
    `INSERT INTO agents (name, uid, config, config_commit, prompt, failure, added_at, changed_at)
     VALUES (@name, @uid, @config, @commit, @prompt, @failure, @now, @now)`,
  ).run({ ...placement, config: JSON.stringify(config) });
}

/** Records a new desired state; a removed agent comes back under its old uid, neither paused nor stopped. */
export function placeAgent(db: Database, { config, ...placement }: Placement): void {
  db.prepare(
    `UPDATE agents
     SET config = @config, config_commit = @commit, prompt = @prompt, failure = @failure, changed_at = @now,
         paused = iif(removed_at IS NULL, paused, 0), stopped = iif(removed_at IS NULL, stopped, 0),
         parked_until = iif(removed_at IS NULL, parked_until, NULL), removed_at = NULL
     WHERE name = @name`,
  ).run({ ...placement, config: JSON.stringify(config) });
}

/** Says what is wrong with an agent's folder; its last good configuration stays. */
export function setFailure(db: Database, name: string, failure: string | null, now: number): void {
  db.prepare('UPDATE agents SET failure = ?, changed_at = ? WHERE name = ?').run(failure, now, name);
}

/** Remembers the forge's number of the agent's account. */
export function setForgeUser(db: Database, name: string, forgeUserId: number | null): void {
  db.prepare('UPDATE agents SET forge_user_id = ? WHERE name = ?').run(forgeUserId, name);
}

/** While it is set no new turn starts and mail waits. */
export function setPaused(db: Database, name: string, paused: boolean, now: number): void {
  db.prepare('UPDATE agents SET paused = ?, changed_at = ? WHERE name = ?').run(Number(paused), now, name);
}

/** While it is set no container runs, until the operator starts the agent. */
export function setStopped(db: Database, name: string, stopped: boolean, now: number): void {
  db.prepare('UPDATE agents SET stopped = ?, changed_at = ? WHERE name = ?').run(Number(stopped), now, name);
}

/** Parks an agent until a time (epoch ms), or lets it go on (null). */
export function setParked(db: Database, name: string, until: number | null, now: number): void {
  db.prepare('UPDATE agents SET parked_until = ?, changed_at = ? WHERE name = ?').run(until, now, name);
}

/** What the agent says that it does; null takes it back. */
export function setStatusText(db: Database, name: string, text: string | null, now: number): void {
  db.prepare('UPDATE agents SET status_text = ?, status_set_at = ? WHERE name = ?').run(text, now, name);
}

/** The row stays for ever: uids are never given out twice. */
export function markRemoved(db: Database, name: string, now: number): void {
  db.prepare('UPDATE agents SET removed_at = ?, changed_at = ?, status_text = NULL WHERE name = ?').run(now, now, name);
}

function fromRow(row: AgentTableRow): StoredAgent {
  return {
    name: row.name,
    uid: row.uid,
    config: JSON.parse(row.config) as AgentConfig,
    commit: row.config_commit,
    prompt: row.prompt,
    paused: row.paused === 1,
    stopped: row.stopped === 1,
    parkedUntil: row.parked_until,
    failure: row.failure,
    statusText: row.status_text,
    statusSetAt: row.status_set_at,
    changedAt: row.changed_at,
    forgeUserId: row.forge_user_id,
    removedAt: row.removed_at,
  };
}
