import type { Core } from '../core.ts';
import {
  findLastMessage,
  findPartiesUpTo,
  insertParties,
  PARTIES_BATCH,
  setPartiesUpTo,
} from '../stores/party-store.ts';

/** Notes the parties of all full batches of messages, one transaction each. */
export async function noteParties(core: Core): Promise<void> {
  let more = true;
  while (more) {
    more = await core.writer.writeBehind((tx) => {
      const after = findPartiesUpTo(tx.db);
      const upTo = after + PARTIES_BATCH;
      const last = findLastMessage(tx.db);
      if (upTo > last) return false;
      insertParties(tx.db, after, upTo);
      setPartiesUpTo(tx.db, upTo);
      return upTo + PARTIES_BATCH <= last;
    });
  }
}
