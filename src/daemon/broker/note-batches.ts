import type { Database } from '../db/index.ts';
import type { Core } from './core.ts';

/** Rows that are noted elsewhere in batches of `size` by their ids, so that not each of them writes a page of an index. */
export interface Notes {
  size: number;
  /** Up to which id they are noted. */
  findUpTo(db: Database): number;
  setUpTo(db: Database, id: number): void;
  /** Id of the latest row. */
  findLast(db: Database): number;
  /** Notes the rows with ids above `after` up to `upTo`. */
  insert(db: Database, after: number, upTo: number): void;
}

/** Notes all full batches, one transaction each behind what others write, until the broker stops; the next start does the rest. */
export async function noteBatches(core: Core, notes: Notes): Promise<void> {
  let more = true;
  while (more && !core.stopped) {
    more = await core.writer.writeBehind(({ db }) => {
      const after = notes.findUpTo(db);
      const upTo = after + notes.size;
      const last = notes.findLast(db);
      if (upTo > last) return false;
      notes.insert(db, after, upTo);
      notes.setUpTo(db, upTo);
      return upTo + notes.size <= last;
    });
  }
}
