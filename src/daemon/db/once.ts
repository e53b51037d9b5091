import type { Tx } from './api.ts';
import { findKeyed, insertKeyed } from './key-store.ts';

/** What an earlier call with this key answered; undefined when there was none. */
export function known(tx: Tx, principal: string, key: string | undefined): unknown {
  const result = key === undefined ? undefined : findKeyed(tx.beside, principal, key);
  return result === undefined ? undefined : JSON.parse(result);
}

/** Same principal, same key: same result, and nothing happens twice. Without a key `act` runs every time. */
export function once<T>(tx: Tx, principal: string, key: string | undefined, act: () => T): T {
  if (key === undefined) return act();
  const before = known(tx, principal, key);
  if (before !== undefined) return before as T;
  const result = act();
  insertKeyed(tx.beside, { principal, key, result: JSON.stringify(result), at: tx.now });
  return result;
}
