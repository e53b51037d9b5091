import { HiveError } from '#src/lib/errors.ts';

/** SQLite's result code of an error that better-sqlite3 threw, or nothing. */
export function storageCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return error.code.startsWith('SQLITE_') ? error.code : undefined;
}

/** Another process holds the database for now. */
export function isBusy(error: unknown): boolean {
  return storageCode(error)?.startsWith('SQLITE_BUSY') ?? false;
}

/** The disk is full: nothing is broken, and writing works again after space returns (FACTS/broker). SQLite says so in other words when its index cannot grow, and Node in its own. */
export function isFull(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_SHMSIZE' || code === 'ENOSPC';
}

/** What SQLite found in the file is not what a database holds. */
export function isCorrupt(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB)/.test(storageCode(error) ?? '');
}

/** Reading, writing or syncing failed. */
export function isInputOutput(error: unknown): boolean {
  return storageCode(error)?.startsWith('SQLITE_IOERR') ?? false;
}

/** What a caller gets while nothing new is stored. `unavailable`, and known not to be stored. */
export function diskFull(cause?: unknown): HiveError {
  return new HiveError(
    'unavailable',
    'the disk of the hive is full, so this was not stored: free some space there, then try again',
    { cause },
  );
}

/** Throws {@link diskFull} in a transaction that may only end work. */
export function refuseWhenFull({ full }: { full: boolean }): void {
  if (full) throw diskFull();
}

/** The storage itself failed: nobody knows what reached the disk, so the process must end and let recovery decide. */
export function isBroken(error: unknown): boolean {
  return /^SQLITE_(IOERR|CORRUPT|NOTADB|CANTOPEN|READONLY|PROTOCOL)/.test(storageCode(error) ?? '');
}

/** What a caller gets whose operation may or may not be on disk. */
export function unknownOutcome(cause: unknown): HiveError {
  const code = storageCode(cause);
  const why = code ? ` (${code})` : '';
  return new HiveError('unavailable', `unknown whether this was stored${why}: retry with the same key`, { cause });
}
