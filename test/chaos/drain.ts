import { methods } from '#src/protocol/methods/index.ts';
import type { Hive } from '../support/hive.ts';
import { waitUntil } from '../support/wait.ts';

/** Longer than the pauses after failed attempts add up to. */
const DRAIN_MS = 20 * 60_000;
/** How many looks in a row must find nothing left. */
const QUIET_LOOKS = 5;

/** What draining watches and notes. */
export interface Drain {
  hive: Hive;
  receivers: readonly string[];
  /** Gets the deliveries that were given up and queued again. */
  retried: Set<number>;
  say: (line: string) => void;
  signal: AbortSignal;
}

/** Waits until no queue holds anything; what became a dead letter is queued again, as an operator does. This only decides when the run is over, not how it went. */
export async function drain({ hive, receivers, retried, say, signal }: Drain): Promise<void> {
  let quiet = 0;
  const look = async (): Promise<boolean> => {
    signal.throwIfAborted();
    const rows = (await hive.agents().catch(() => [])).filter(({ name }) => receivers.includes(name));
    const { dead } = await hive.call(methods.deadList, { max: 200 }).catch(() => ({ dead: [] }));
    if (dead.length > 0) {
      const deliveries = dead.map(({ delivery }) => delivery);
      say(`${deliveries.length} dead letters are queued again`);
      for (const delivery of deliveries) retried.add(delivery);
      await hive.call(methods.deadRetry, { deliveries });
    }
    const empty = rows.length === receivers.length && rows.every(({ queued, leased }) => queued + leased === 0);
    quiet = empty && dead.length === 0 ? quiet + 1 : 0;
    return quiet >= QUIET_LOOKS;
  };
  await waitUntil('the queues are empty', look, DRAIN_MS).catch((error: unknown) => say(String(error)));
}
