import type { Core } from '../core.ts';
import { noteBatches } from '../note-batches.ts';
import { findLastMessage } from '../stores/message-store.ts';
import { findPartiesUpTo, insertParties, PARTIES_BATCH, setPartiesUpTo } from '../stores/party-store.ts';

/** Notes the parties of all full batches of messages. */
export function noteParties(core: Core): Promise<void> {
  return noteBatches(core, {
    ...{ size: PARTIES_BATCH, findUpTo: findPartiesUpTo, setUpTo: setPartiesUpTo },
    ...{ findLast: findLastMessage, insert: insertParties },
  });
}
