import type { HiveEvent } from '#src/protocol/events.ts';

/** The published sequence of events. */
export interface Events {
  /** Number of the latest committed event; 0 before the first. */
  latest(): number;
  /** Committed events after `seq`, oldest first, at most `max`. */
  after(seq: number, max: number): HiveEvent[];
  /** Oldest `seq` still stored; 1 before the first. */
  oldest(): number;
  /** Calls `listener` with each event after its commit, in order; the returned function ends it. */
  listen(listener: (event: HiveEvent) => void): () => void;
}
