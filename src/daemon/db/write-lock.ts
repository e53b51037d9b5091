import type { Database, Statement } from 'better-sqlite3';
import type { Clock } from '#src/lib/clock.ts';
import { HiveError } from '#src/lib/errors.ts';
import { lockHolders } from './lock-holders.ts';
import { isBusy } from './storage-error.ts';

/** Pause before a database that another process has locked is tried again. */
const RETRY_MS = 20;
/** How long an operation waits for a foreign lock before its caller is told. */
const LIMIT_MS = 15_000;

/** What taking the lock needs. */
export interface WriteLockDeps {
  db: Database;
  clock: Clock;
  /** Time to take it again. */
  retry(): void;
  /** Another process has held it for too long: what waits is to be told. */
  refused(error: HiveError): void;
  /** The storage failed. */
  failed(error: unknown): void;
}

/** The database's lock, without which nothing is written. While another process has it, it is tried again without blocking the loop. */
export class WriteLock {
  readonly #deps: WriteLockDeps;
  readonly #begin: Statement<[]>;
  #busySince: number | undefined;
  #retries = false;

  constructor(deps: WriteLockDeps) {
    this.#deps = deps;
    this.#begin = deps.db.prepare('BEGIN IMMEDIATE');
  }

  /** True until the next {@link WriteLockDeps.retry}: to take it earlier gives nothing. */
  get retries(): boolean {
    return this.#retries;
  }

  /** Begins a transaction; false when that cannot be now. */
  take(): boolean {
    try {
      this.#begin.run();
      this.#busySince = undefined;
      return true;
    } catch (error) {
      if (isBusy(error)) this.#wait(error);
      else this.#deps.failed(error);
      return false;
    }
  }

  #wait(cause: unknown): void {
    const { db, clock, retry, refused } = this.#deps;
    this.#busySince ??= clock.monotonic();
    if (clock.monotonic() - this.#busySince > LIMIT_MS) {
      this.#busySince = undefined;
      return refused(heldBy(lockHolders(db.name).writers, cause));
    }
    this.#retries = true;
    clock.after(RETRY_MS, () => {
      this.#retries = false;
      retry();
    });
  }
}

function heldBy(pids: number[], cause: unknown): HiveError {
  const who = pids.length === 0 ? '' : ` (pid ${pids.join(', ')})`;
  return new HiveError(
    'unavailable',
    `another process${who} has held the database's lock for ${LIMIT_MS / 1000} s: end it, then retry`,
    { cause },
  );
}
