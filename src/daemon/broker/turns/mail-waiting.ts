import type { Output } from '#src/protocol/method.ts';
import type { methods } from '#src/protocol/methods/index.ts';
import type { Core } from '../core.ts';
import { listSenders } from '../stores/delivery-store.ts';
import { actingSession, runningTurnOf } from './harness-session.ts';
import { heldBack } from './take-mail.ts';

/** Waking mail that arrived since the turn last took some; none while `recv` would not give it to this turn. */
export function mailWaiting(core: Core, session: number, id: number): Output<(typeof methods)['mailWaiting']> {
  return core.writer.read((db) => {
    const turn = runningTurnOf({ db }, actingSession({ db }, session), id);
    const look = { db, now: core.clock.now() };
    const news = core.backlogs.wakingSince(look, turn.agent, turn.taken_up_to);
    if (news.length === 0 || heldBack(core, look, turn.agent, id) !== null) return { count: 0, senders: [] };
    return { count: news.length, senders: listSenders(db, news) };
  });
}
