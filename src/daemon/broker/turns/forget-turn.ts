import type { Core } from '../core.ts';
import type { TurnRow } from '../stores/turn-store.ts';

/** Drops what is kept in memory of a turn that is over. */
export function forgetTurn(core: Core, turn: Pick<TurnRow, 'id'>): void {
  core.turnEnds.delete(turn.id);
  core.cancelled.delete(turn.id);
}
