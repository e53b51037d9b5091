import type { Database } from 'better-sqlite3';
import { HiveError } from '#src/lib/errors.ts';
import type { Config } from '../config.ts';
import type { Writer } from '../db/api.ts';
import type { Uids } from './api.ts';
import { findServiceUid, highestUid, insertServiceUid } from './uids-store.ts';

/** What {@link createUids} reads of the configuration. */
export type UidRange = Pick<Config, 'root' | 'uid_base' | 'uid_count'>;

/** Hands out numeric uids from the configured range, in order. */
export function createUids(config: UidRange, writer: Writer): Uids {
  return {
    sharedGid: config.uid_base,
    hostUid: (uid) => (config.root ? uid : null),
    next: (tx) => nextUid(config, tx.db),
    service: async (service) => {
      if (!config.root) return null;
      return writer.write('host', ({ db }) => {
        const known = findServiceUid(db, service);
        if (known !== null) return known;
        const uid = nextUid(config, db);
        insertServiceUid(db, service, uid);
        return uid;
      });
    },
  };
}

function nextUid(config: UidRange, db: Database): number {
  const uid = Math.max(config.uid_base, highestUid(db) ?? 0) + 1;
  const end = config.uid_base + config.uid_count;
  if (uid >= end) {
    throw new HiveError(
      'limited',
      `every uid from ${config.uid_base} to ${end - 1} was given out once: raise uid_count in config.json`,
    );
  }
  return uid;
}
