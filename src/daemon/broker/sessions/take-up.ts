import type { Core } from '../core.ts';
import { disconnectAll, listCurrentSessions } from '../stores/session-store.ts';
import { listRunningTurns } from '../stores/turn-store.ts';
import type { TurnRow } from '../stores/turn-store.ts';
import type { SessionRow } from '../stores/session-store.ts';
import { expectBack } from './hello.ts';
import { noteReach } from './reach.ts';
import { expect } from './watch.ts';

/** After a restart: containers and turns go on, and their sessions get their time to come back; those that were given up are replaced. */
export function takeUpSessions(core: Core): Promise<void> {
  return core.writer.write('system', (tx) => {
    disconnectAll(tx.db);
    const sessions = listCurrentSessions(tx.db);
    const turns = new Map(listRunningTurns(tx.db).map((turn) => [turn.session_id, turn]));
    tx.afterCommit(() => {
      for (const session of sessions) takeUp(core, session, turns.get(session.id));
    });
  });
}

/** What every call will ask of a session is noted now: all of them come back at once. */
function takeUp(
  core: Core,
  { id, agent, state, nonce_hash: nonceHash, lost_reason: reason }: SessionRow,
  turn: TurnRow | undefined,
): void {
  core.sessionAgents.set(id, agent);
  noteReach(core, agent, state);
  const patience = core.settings.hello;
  if (state === 'starting') expect(core, id, patience, () => `its harness said no hello within ${patience / 1000} s`);
  else if (state === 'disconnected') {
    core.left.set(agent, { session: id, nonceHash, turn });
    expectBack(core, id);
  } else core.hooks.sessionLost(agent, id, reason ?? 'the hive was ending it when it was restarted');
}
