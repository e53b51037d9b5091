import type { HiveCounts } from '../api.ts';
import type { Database } from '../../db/index.ts';
import { countOpenAsks } from '../stores/ask-store.ts';
import type { Core } from '../core.ts';
import { countAllDead } from '../stores/dead-store.ts';
import { listParkedPairs } from '../stores/pair-store.ts';

/** Counts of the whole hive. */
export function countHive(core: Core, db: Database): HiveCounts {
  return {
    openAsks: countOpenAsks(db),
    ...core.backlogs.totals({ db }),
    dead: countAllDead(db),
    parked: listParkedPairs(db).length,
  };
}
