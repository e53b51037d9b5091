import type { Database } from '../../db/index.ts';
import { countOpenAsks } from '../stores/ask-store.ts';
import { countTotals } from '../stores/delivery-store.ts';

/** Counts of the whole hive. */
export function countHive(db: Database): { openAsks: number; dead: number; queued: number; unread: number } {
  return { openAsks: countOpenAsks(db), ...countTotals(db) };
}
