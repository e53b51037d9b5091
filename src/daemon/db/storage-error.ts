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

/** The disk is full: nothing is broken, and writing works again after space returns (FACTS/broker). */
export function isFull(error: unknown): boolean {
  return storageCode(error) === 'SQLITE_FULL';
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
