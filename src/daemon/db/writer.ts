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
import { Memory } from './memory.ts';
import { Queue } from './queue.ts';
import type { Reserve } from './space/reserve.ts';
import { markSuspect } from './soundness/suspect.ts';
import { Space } from './space/space.ts';
import { diskFull, isBroken, isCorrupt, isFull, unknownOutcome } from './storage-error.ts';
import { WriteLock } from './write-lock.ts';

/** So many operations in one transaction, and the hive counts as busy for this time. */
const BUSY_GROUP = 4;
const BUSY_MS = 50;
/** So long what is in no hurry waits for a transaction that others begin. */
const SOON_MS = 20;

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
  return new GroupCommit(deps);
}

class GroupCommit implements GroupWriter {
  readonly #deps: WriterDeps;
  readonly #queue: Queue<Operation>;
  readonly #listeners = new Set<(events: HiveEvent[]) => void>();
  readonly #lock: WriteLock;
  readonly #checkpoints: Checkpoints;
  readonly #space: Space;
  readonly #memory = new Memory();
  #scheduled = false;
  #scheduledSoon = false;
  #lastBusy = -Infinity;
  #refusal: HiveError | undefined;
  #drained: (() => void) | undefined;

  constructor(deps: WriterDeps) {
    const { db, clock, log, reserve } = deps;
    this.#deps = deps;
    this.#queue = new Queue<Operation>(clock);
    this.#lock = new WriteLock({
      ...{ db, clock },
      retry: this.#flush,
      refused: (error) => this.#rejectAll(error),
      failed: (error) => this.#settleAll(error),
    });
    const released = (): void => this.#schedule();
    this.#checkpoints = new Checkpoints({ db, log, broken: (error) => this.#breakDown(error), released });
    this.#space = new Space({ reserve, owed: () => owedBytes(db), clock, log });
  }

  write<T>(lane: string, work: (tx: Tx) => T): Promise<T> {
    return this.#enqueue(work, (operation) => {
      this.#queue.push(lane, operation);
      this.#schedule();
    });
  }

  writeSoon<T>(lane: string, work: (tx: Tx) => T): Promise<T> {
    return this.#enqueue(work, (operation) => {
      this.#queue.push(lane, operation);
      this.#scheduleSoon();
    });
  }

  writeBehind<T>(work: (tx: Tx) => T): Promise<T> {
    return this.#enqueue(work, (operation) => {
      this.#queue.pushBehind(operation);
      this.#schedule();
    });
  }

  /** Damage that a read meets ends the process as one that a write meets does: the next start looks at everything. */
  read<T>(query: (db: Database) => T): T {
    try {
      return query(this.#deps.db);
    } catch (error) {
      if (isCorrupt(error)) this.#breakDown(error);
      throw error;
    }
  }

  full(): boolean {
    return this.#space.full;
  }

  busy(): boolean {
    return this.#queue.size > 0 || this.#deps.clock.monotonic() - this.#lastBusy < BUSY_MS;
  }

  onEvents(listener: (events: HiveEvent[]) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#refusal ??= new HiveError('unavailable', 'the hive is stopping: retry once it is back');
    this.#space.end();
    if (this.#queue.size > 0) {
      const drained = new Promise<void>((resolve) => (this.#drained = resolve));
      this.#schedule();
      await drained;
    }
    await this.#checkpoints[Symbol.asyncDispose]();
  }

  #enqueue<T>(work: (tx: Tx) => T, add: (operation: Operation) => void): Promise<T> {
    if (this.#refusal) return Promise.reject(this.#refusal);
    return new Promise<T>((resolve, reject) => add({ work, resolve, reject }));
  }

  #schedule(): void {
    if (this.#scheduled || this.#lock.retries) return;
    this.#scheduled = true;
    setImmediate(this.#flush);
  }

  #scheduleSoon(): void {
    if (this.#scheduledSoon) return;
    this.#scheduledSoon = true;
    this.#deps.clock.after(SOON_MS, () => {
      this.#scheduledSoon = false;
      if (this.#queue.size > 0) this.#schedule();
    });
  }

  readonly #flush = (): void => {
    this.#scheduled = false;
    if (this.#checkpoints.holding) return;
    if (this.#isReady() && this.#lock.take()) {
      if (this.#queue.size >= BUSY_GROUP) this.#lastBusy = this.#deps.clock.monotonic();
      this.#store(this.#queue.take(this.#checkpoints.closing));
    }
    if (this.#queue.size === 0) this.#drained?.();
    else if (this.#isReady()) this.#schedule();
  };

  #isReady(): boolean {
    return (this.#checkpoints.closing ? this.#queue.urgent : this.#queue.size) > 0;
  }

  /** Runs the operations in the transaction that has begun; a second time when the first found no room and the reserve gives some. */
  #store(operations: Operation[]): void {
    const { db, clock, log } = this.#deps;
    const group = new Group({ db, clock, log, memory: this.#memory, full: this.#space.full }, operations);
    const failure = group.run();
    if (!failure) return this.#publish(group);
    if (!isFull(failure.error)) return this.#settleFailure(group, failure.error);
    if (this.#space.release() && this.#lock.take()) return this.#store(operations);
    group.reject(diskFull(failure.error));
  }

  #publish(group: Group): void {
    group.settle();
    for (const listener of group.events.length > 0 ? this.#listeners : []) {
      try {
        listener(group.events);
      } catch (error) {
        this.#deps.log.error({ err: error }, 'event listener failed');
      }
    }
    this.#checkpoints.committed();
  }

  #settleFailure(group: Group, error: unknown): void {
    group.reject(unknownOutcome(error));
    if (isBroken(error)) this.#settleAll(error);
  }

  #settleAll(error: unknown): void {
    this.#rejectAll(unknownOutcome(error));
    this.#breakDown(error);
  }

  #rejectAll(error: HiveError): void {
    for (const operation of this.#queue.takeAll()) operation.reject(error);
  }

  #breakDown(error: unknown): void {
    const cause = { cause: error };
    this.#refusal ??= new HiveError(
      'unavailable',
      'the storage failed and the hive is ending: retry once it is back',
      cause,
    );
    if (isCorrupt(error)) markSuspect(this.#deps.db.name);
    this.#deps.fatal(error);
  }
}
