import type { Core } from '../core.ts';
import { inBackground } from '../in-background.ts';
import {
  findLastTurn,
  findTurnsUpTo,
  insertAgentTurns,
  setTurnsUpTo,
  TURNS_BATCH,
} from '../stores/agent-turn-store.ts';

/** Notes in the background whose all full batches of turns are, one transaction each. */
export function noteTurnsSoon(core: Core): void {
  inBackground(core, noteTurns(core), 'turns were not noted by their agents');
}

async function noteTurns(core: Core): Promise<void> {
  let more = true;
  while (more) {
    more = await core.writer.writeBehind((tx) => {
      const after = findTurnsUpTo(tx.db);
      const upTo = after + TURNS_BATCH;
      const last = findLastTurn(tx.db);
      if (upTo > last) return false;
      insertAgentTurns(tx.db, after, upTo);
      setTurnsUpTo(tx.db, upTo);
      return upTo + TURNS_BATCH <= last;
    });
  }
}
