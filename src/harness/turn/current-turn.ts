import type { Received } from '#src/protocol/shapes.ts';

/** The turn that runs, as tools and hooks need to know it. */
export interface CurrentTurn {
  id: number;
  /** Ends the turn early; the reason is its text. */
  cancel(reason: string): void;
  /** Taken by `recv`, but not yet shown whole: what the next `recv` shows first. */
  unread: Unread[];
  /** Deliveries that a `recv` result of this turn showed whole. */
  shown: Set<number>;
  /** Waiting messages that a hook already told of. */
  announced: number;
  /** How often the Stop hook kept the turn going. */
  blocks: number;
}

/** A message that `recv` took; `page` = the next one to show. */
export interface Unread {
  message: Received;
  page: number;
}

/** Where tools and hooks look up the running turn: there is at most one. */
export interface TurnSlot {
  current: CurrentTurn | undefined;
}

/** A turn of which nothing was shown. */
export function newTurn(id: number, cancel: (reason: string) => void): CurrentTurn {
  return { id, cancel, unread: [], shown: new Set(), announced: 0, blocks: 0 };
}
