import type { Tx } from '../db/index.ts';
import type { Core } from './core.ts';
import { strandQueue } from './deliveries/dead-letter.ts';
import { endEmptyPairs } from './guards/release.ts';
import { enqueueSystem } from './messages/enqueue.ts';
import { isAgent } from './messages/speaker.ts';
import { findRecipient } from './stores/agent-store.ts';
import { listOpenAsksTo } from './stores/ask-store.ts';
import type { AskRow } from './stores/ask-store.ts';
import { wasSaid } from './stores/message-store.ts';
import { cancelRemindersOf } from './stores/reminder-store.ts';

/** No limit, for SQLite. */
const ALL = -1;

/**
 * What waits for a removed agent becomes dead letters, told to their senders; who asked it something hears that only the operator can answer now; nothing
 * reminds it any more. Its sessions have ended before. Idempotent.
 */
export function agentRemoved(core: Core, agent: string): Promise<void> {
  return core.writer.write('system', (tx) => {
    strandQueue(core, tx, agent, `${agent} was removed`);
    endEmptyPairs(core, tx, agent);
    for (const reminder of cancelRemindersOf(tx.db, agent)) tx.emit({ type: 'reminder.cancelled', agent, reminder });
    for (const ask of listOpenAsksTo(tx.db, agent, ALL)) tellAsker(core, tx, ask);
    tx.afterCommit(() => {
      core.holding.delete(agent);
      core.guards.forgetAgent(agent);
      core.failures.delete(agent);
      core.backOffAlarms.clear(agent);
    });
  });
}

function tellAsker(core: Core, tx: Tx, { id, asker, target }: AskRow): void {
  if (isAgent(asker) && !findRecipient(tx.db, asker)) return;
  const body = `${target} was removed and will not answer ask ${id}: cancel it, or wait for the operator to answer.`;
  if (wasSaid(tx.db, id, body)) return;
  enqueueSystem(core, tx, { to: asker, kind: 'system', wakes: true, body, ask: id });
}
