import type { Core } from './core.ts';
import { strandQueue } from './deliveries/dead-letter.ts';
import { cancelRemindersOf } from './stores/reminder-store.ts';

/** What waits for a removed agent becomes dead letters, told to their senders; nothing reminds it any more. Its sessions have ended before. */
export function agentRemoved(core: Core, agent: string): Promise<void> {
  return core.writer.write('system', (tx) => {
    strandQueue(core, tx, agent, `${agent} was removed`);
    cancelRemindersOf(tx.db, agent);
    tx.afterCommit(() => {
      core.holding.delete(agent);
      core.failures.delete(agent);
      core.backOffAlarms.clear(agent);
    });
  });
}
