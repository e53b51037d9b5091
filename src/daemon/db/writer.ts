import type { Database } from 'better-sqlite3';
import type { Logger } from 'pino';
import type { Clock } from '#src/lib/clock.ts';
import { HiveError } from '#src/lib/errors.ts';
import type { HiveEvent } from '#src/protocol/events.ts';
import type { GroupWriter, Tx } from './api.ts';
import { Checkpoints } from './checkpoints/checkpoints.ts';
import { owedBytes } from './checkpoints/measure-log.ts';
import { Group } from './group.ts';
import type { Operation } from './group.ts';
import { lockHolders } from './lock-holders.ts';
import { Queue } from './queue.ts';
import type { Reserve } from './space/reserve.ts';
import { markSuspect } from './soundness/suspect.ts';
import { Space } from './space/space.ts';
import { diskFull, isBroken, isBusy, isCorrupt, isFull, unknownOutcome } from './storage-error.ts';

/** So many operations in one transaction, and the hive counts as busy for this time. */
const BUSY_GROUP = 4;
const BUSY_MS = 50;
/** Pause before a database that another process has locked is tried again. */
const BUSY_RETRY_MS = 20;
/** How long an operation waits for a foreign lock before its caller is told. */
const BUSY_LIMIT_MS = 15_000;

/** What a writer needs. */
export interface WriterDeps {
  db: Database;
  clock: Clock;
  log: Pick<Logger, 'error'>;
  /** Room that is given back when the disk is full; without one acks fail like everything else. */
  reserve?: Reserve;
  /** The storage failed in a way that must not be retried: end the process, recovery decides at the next start. */
  fatal(error: unknown): void;
}

/** Builds the group commit of {@link GroupWriter}. */
export function createWriter(deps: WriterDeps): GroupWriter {
  const { db, clock, log } = deps;
  const queue = new Queue<Operation>(clock);
  const listeners = new Set<(events: HiveEvent[]) => void>();
  const begin = db.prepare('BEGIN IMMEDIATE');
  const checkpoints = new Checkpoints({ db, log, broken: breakDown, released: schedule });
  const space = new Space({ reserve: deps.reserve, owed: () => owedBytes(db), clock, log });
  let scheduled = false;
  let busySince: number | undefined;
  let lastBusy = -Infinity;
  let refusal: HiveError | undefined;
  let drained: (() => void) | undefined;

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(flush);
  }

  function flush(): void {
    scheduled = false;
    if (checkpoints.holding) return;
    if (ready() && lockDatabase()) {
      if (queue.size >= BUSY_GROUP) lastBusy = clock.monotonic();
      store(queue.take(checkpoints.closing));
    }
    if (queue.size === 0) drained?.();
    else if (busySince === undefined && ready()) schedule();
  }

  function ready(): boolean {
    return (checkpoints.closing ? queue.urgent : queue.size) > 0;
  }

  /** Runs the operations in the transaction that has begun; a second time when the first found no room and the reserve gives some. */
  function store(operations: Operation[]): void {
    const group = new Group({ db, clock, log, full: space.full }, operations);
    const failure = group.run();
    if (!failure) return publish(group);
    if (!isFull(failure.error)) return settleFailure(group, failure.error);
    if (space.release() && lockDatabase()) return store(operations);
    group.reject(diskFull(failure.error));
  }

  /** False while another process writes; the operations then wait without blocking the loop. */
  function lockDatabase(): boolean {
    try {
      begin.run();
      busySince = undefined;
      return true;
    } catch (error) {
      if (isBusy(error)) waitForLock(error);
      else settleAll(error);
      return false;
    }
  }

  function waitForLock(error: unknown): void {
    busySince ??= clock.monotonic();
    if (clock.monotonic() - busySince > BUSY_LIMIT_MS) {
      busySince = undefined;
      const locked = new HiveError(
        'unavailable',
        `another process${whoOf(lockHolders(db.name).writers)} has held the database's lock for ${BUSY_LIMIT_MS / 1000} s: end it, then retry`,
        { cause: error },
      );
      for (const operation of queue.takeAll()) operation.reject(locked);
      return;
    }
    scheduled = true;
    clock.after(BUSY_RETRY_MS, flush);
  }

  /** Damage that a read meets ends the process as one that a write meets does: the next start looks at everything. */
  function read<T>(query: (db: Database) => T): T {
    try {
      return query(db);
    } catch (error) {
      if (isCorrupt(error)) breakDown(error);
      throw error;
    }
  }

  function settleAll(error: unknown): void {
    const unknown = unknownOutcome(error);
    for (const operation of queue.takeAll()) operation.reject(unknown);
    breakDown(error);
  }

  function settleFailure(group: Group, error: unknown): void {
    group.reject(unknownOutcome(error));
    if (isBroken(error)) settleAll(error);
  }

  function breakDown(error: unknown): void {
    refusal ??= new HiveError('unavailable', 'the storage failed and the hive is ending: retry once it is back', {
      cause: error,
    });
    if (isCorrupt(error)) markSuspect(db.name);
    deps.fatal(error);
  }

  function publish(group: Group): void {
    group.settle();
    for (const listener of group.events.length > 0 ? listeners : []) {
      try {
        listener(group.events);
      } catch (error) {
        log.error({ err: error }, 'event listener failed');
      }
    }
    checkpoints.committed();
  }

  function enqueue<T>(work: (tx: Tx) => T, push: (operation: Operation) => void): Promise<T> {
    if (refusal) return Promise.reject(refusal);
    return new Promise<T>((resolve, reject) => {
      push({ work, resolve, reject });
      schedule();
    });
  }

  return {
    write: (lane, work) => enqueue(work, (operation) => queue.push(lane, operation)),
    writeBehind: (work) => enqueue(work, (operation) => queue.pushBehind(operation)),
    read,
    full: () => space.full,
    busy: () => queue.size > 0 || clock.monotonic() - lastBusy < BUSY_MS,
    onEvents(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async [Symbol.asyncDispose]() {
      refusal ??= new HiveError('unavailable', 'the hive is stopping: retry once it is back');
      space.end();
      if (queue.size > 0) await new Promise<void>((resolve) => (drained = resolve));
      await checkpoints[Symbol.asyncDispose]();
    },
  };
}

function whoOf(pids: number[]): string {
  return pids.length === 0 ? '' : ` (pid ${pids.join(', ')})`;
}
