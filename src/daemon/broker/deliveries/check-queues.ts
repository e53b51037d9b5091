import { setImmediate } from 'node:timers/promises';
import type { Core } from '../core.ts';
import { listAllQueued } from '../stores/delivery-store.ts';

/** Deliveries that are compared without letting others run. */
const SLICE = 1000;

/** Compares the queues in memory with the table, and answers whether they are the same; what differs was logged and read again, and calls that waited for it are served. */
export async function checkQueues(core: Core): Promise<boolean> {
  let after: number | undefined = 0;
  let same = true;
  while (after !== undefined && same && !core.stopped) {
    const from: number = after;
    const rows = core.writer.read((db) => listAllQueued(db, from, SLICE));
    const last = rows.at(-1);
    after = rows.length === SLICE && last ? last.delivery : undefined;
    same = core.backlogs.compare(rows, from, after ?? Number.MAX_SAFE_INTEGER);
    await setImmediate();
  }
  return same;
}
