import type { Core } from '../core.ts';
import { inBackground } from '../in-background.ts';
import { noteBatches } from '../note-batches.ts';
import { findTurnsUpTo, insertAgentTurns, setTurnsUpTo, TURNS_BATCH } from '../stores/agent-turn-store.ts';
import { findLastTurn } from '../stores/turn-store.ts';

/** Notes in the background whose all full batches of turns are. */
export function noteTurnsSoon(core: Core): void {
  const noting = noteBatches(core, {
    ...{ size: TURNS_BATCH, findUpTo: findTurnsUpTo, setUpTo: setTurnsUpTo },
    ...{ findLast: findLastTurn, insert: insertAgentTurns },
  });
  inBackground(core, noting, 'turns were not noted by their agents');
}
