import type { Tx } from './api.ts';
import { findKeyed, insertKeyed } from './key-store.ts';

/** Same principal, same key: same result, and nothing happens twice. Without a key `act` runs every time. */
export function once<T>(tx: Tx, principal: string, key: string | undefined, act: () => T): T {
  if (key === undefined) return act();
  const known = findKeyed(tx.db, principal, key);
  if (known !== undefined) return JSON.parse(known) as T;
  const result = act();
  insertKeyed(tx.db, { principal, key, result: JSON.stringify(result), at: tx.now });
  return result;
}
