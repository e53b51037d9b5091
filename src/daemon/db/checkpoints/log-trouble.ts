import type { Database } from 'better-sqlite3';
import { lockHolders } from '../lock-holders.ts';
import { measureLog } from './measure-log.ts';

/** A log of this length (32 MiB) that still grows is kept from beginning anew by somebody. */
export const LONG_LOG_PAGES = 8192;
const PAGES_PER_MIB = 256;

/** Why the log has grown long, in words, or nothing. */
export function logTrouble(db: Database): string | undefined {
  const { log } = measureLog(db);
  if (log < LONG_LOG_PAGES) return undefined;
  const { readers } = lockHolders(db.name);
  const who = readers.length === 0 ? 'some process' : `pid ${readers.join(', ')}`;
  return `the log of the database has ${Math.round(log / PAGES_PER_MIB)} MiB, since ${who} keeps a transaction open on it: end that process`;
}
