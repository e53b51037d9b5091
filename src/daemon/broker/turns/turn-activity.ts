import type { Output, Parsed } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import type { Core } from '../core.ts';
import { watchTurn } from '../sessions/watch.ts';
import { updateActivity } from '../stores/turn-store.ts';
import { actingSession, agentOf, runningTurnOf } from './harness-session.ts';

type Activity = (typeof methods)['turnActivity'];

/** A sign of life: moves the turn's alarm. Only what changed is written and published. */
export async function turnActivity(
  core: Core,
  session: number,
  { turn: id, phase, activity }: Parsed<Activity>,
): Promise<Output<Activity>> {
  const turn = core.writer.read((db) => runningTurnOf({ db }, actingSession({ db }, session), id));
  if (turn.phase !== phase || turn.activity !== activity) await record(core, session, { id, phase, activity });
  else watchTurn(core, turn);
  return { cancel: core.cancelled.has(id) };
}

function record(
  core: Core,
  session: number,
  row: { id: number; phase: string; activity: string | null },
): Promise<void> {
  const agent = agentOf(core, session);
  return core.writer.write(agent, (tx) => {
    const turn = runningTurnOf(tx, actingSession(tx, session), row.id);
    updateActivity(tx.db, row);
    tx.emit({ type: 'turn.activity', agent, turn: row.id, phase: row.phase, activity: row.activity });
    tx.afterCommit(() => watchTurn(core, { ...turn, phase: row.phase }));
  });
}
