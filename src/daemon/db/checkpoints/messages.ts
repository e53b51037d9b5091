/** How far the write-ahead log has grown, in pages since it last began anew. */
export interface LogState {
  /** Pages in the log. */
  log: number;
  /** Of those, how many are in the database file already. */
  checkpointed: number;
}

/** What the worker is asked: `move` = move what can be moved without waiting for anybody. */
export type Order = 'move' | 'end';

/** What the worker answers to `move`. */
export type Answer = { moved: LogState } | { failed: { message: string; code: string | undefined } };
