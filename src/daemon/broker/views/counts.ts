import type { HiveCounts } from '../api.ts';
import type { Database } from '../../db/index.ts';
import { countOpenAsks } from '../stores/ask-store.ts';
import { countTotals } from '../stores/delivery-store.ts';
import { listParkedPairs } from '../stores/pair-store.ts';

/** Counts of the whole hive. */
export function countHive(db: Database): HiveCounts {
  return { openAsks: countOpenAsks(db), ...countTotals(db), parked: listParkedPairs(db).length };
}
