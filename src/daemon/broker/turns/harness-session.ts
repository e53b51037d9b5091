import { HiveError } from '#src/lib/errors.ts';
import type { Tx } from '../../db/index.ts';
import type { Core } from '../core.ts';
import { lostSession } from '../messages/speaker.ts';
import { findSession, findStanding } from '../stores/session-store.ts';
import type { StandingRow } from '../stores/session-store.ts';
import { findTurn } from '../stores/turn-store.ts';
import type { TurnRow } from '../stores/turn-store.ts';

/** Agent of a session: the lane of its writes; it never changes, and every call of a harness asks. Throws `not_found`. */
export function agentOf(core: Core, session: number): string {
  const known = core.sessionAgents.get(session);
  if (known !== undefined) return known;
  const row = core.writer.read((db) => findSession(db, session));
  if (!row) throw new HiveError('not_found', `there is no session ${session}`);
  core.sessionAgents.set(session, row.agent);
  return row.agent;
}

/** Where the session of a harness stands that may act. Throws `forbidden` when it is over. */
export function actingSession(tx: Pick<Tx, 'db'>, session: number): StandingRow {
  const row = findStanding(tx.db, session);
  if (!row) throw new HiveError('not_found', `there is no session ${session}`);
  if (row.state === 'lost' || row.state === 'ended') throw lostSession(row.agent);
  return row;
}

/** The session's turn while it runs. Throws `not_found` for another agent's, `conflict` when it is over. */
export function runningTurnOf(tx: Pick<Tx, 'db'>, session: StandingRow, turn: number): TurnRow {
  const row = findTurn(tx.db, turn);
  if (!row || row.agent !== session.agent) throw new HiveError('not_found', `${session.agent} has no turn ${turn}`);
  if (row.ended_at !== null || row.session_id !== session.id)
    throw new HiveError('conflict', `turn ${turn} of ${session.agent} is not running`);
  return row;
}
