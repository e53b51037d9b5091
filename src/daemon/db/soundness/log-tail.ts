import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Database } from 'better-sqlite3';
import { syncPath } from '../sync-path.ts';
import { DamagedError } from './damage.ts';

/** Bytes before the first frame of a log (https://sqlite.org/fileformat2.html, 4.1); the salts are at 16 and 20. */
const HEADER_BYTES = 32;
/** A log begins anew with a first salt that is one higher: one that is this far ahead is another database's. */
const MOST_RESTARTS = 2 ** 24;
const RECORD_BYTES = 48;

/** Where the log ended when it was last looked at. */
interface Tail {
  salt1: number;
  salt2: number;
  frames: number;
}

/** The record beside `file`. */
export function tailPath(file: string): string {
  return `${file}-tail`;
}

/**
 * Compares the log with the record that an unclean end left; SQLite would take a log that is missing, cut or another database's for a short or empty one.
 * Answers the second half of the check: it takes how many frames SQLite finds in the log. Without a record, or with one that is torn, nothing is known. Both
 * throw {@link DamagedError}.
 */
export function checkLog(file: string): (frames: number) => void {
  const tail = readTail(file);
  if (!tail) return () => undefined;
  const log = `${file}-wal`;
  const fail = (problem: string): never => {
    const way = `if you know that nothing is missing, put the files back without ${basename(tailPath(file))}`;
    throw new DamagedError(file, `its log ${log} ${problem} (${way})`);
  };
  const salts = readSalts(log);
  if (!salts) return fail('is missing or empty, and with it what was confirmed last');
  const restarts = (salts.salt1 - tail.salt1) >>> 0;
  if (restarts >= MOST_RESTARTS || (restarts === 0 && salts.salt2 !== tail.salt2))
    return fail('is not the one that was written here last');
  return (frames) => {
    if (restarts === 0 && frames < tail.frames)
      fail(`was cut or changed: ${frames} of at least ${tail.frames} pages can be read`);
  };
}

const tails = new WeakMap<Database, LogTail>();

/** Begins the record of a database; an empty log promises nothing yet. */
export function keepTail(db: Database, frames: number): void {
  tails.set(db, new LogTail(db.name, frames));
}

/** Notes a commit that left so many frames in the log. */
export function noteTail(db: Database, frames: number): void {
  tails.get(db)?.note(frames);
}

/** Before the database is closed: SQLite may move the log into it then and remove the log, whatever an earlier attempt came to. */
export function endTail(db: Database): void {
  removeTail(db.name);
  tails.get(db)?.close();
  tails.delete(db);
}

function removeTail(file: string): void {
  if (!existsSync(tailPath(file))) return;
  rmSync(tailPath(file), { force: true });
  syncPath(dirname(file));
}

/**
 * Keeps a record of where the log ends, beside the database: made durable once, then only handed to the kernel after each commit (2 µs), so that it never
 * promises more than what was synced before. A clean end removes it.
 */
class LogTail {
  readonly #record: number;
  readonly #log: number;
  readonly #tail: Tail;

  constructor(file: string, frames: number) {
    this.#log = openSync(`${file}-wal`, 'r');
    this.#record = openSync(tailPath(file), 'w', 0o600);
    this.#tail = { ...saltsOf(this.#log), frames };
    if (frames > 0) this.#write();
    fsyncSync(this.#record);
    syncPath(dirname(file));
  }

  note(frames: number): void {
    if (frames === 0) return;
    if (frames < this.#tail.frames || this.#tail.frames === 0) Object.assign(this.#tail, saltsOf(this.#log));
    this.#tail.frames = frames;
    try {
      this.#write();
    } catch {
      // On a full or failing disk the record stays behind: what it promises is still there.
    }
  }

  close(): void {
    closeSync(this.#log);
    closeSync(this.#record);
  }

  #write(): void {
    const { salt1, salt2, frames } = this.#tail;
    writeSync(this.#record, `${salt1} ${salt2} ${frames}`.padEnd(RECORD_BYTES - 1) + '\n', 0);
  }
}

function readTail(file: string): Tail | undefined {
  if (!statSync(tailPath(file), { throwIfNoEntry: false })) return undefined;
  const numbers = /^(\d+) (\d+) (\d+) *\n$/
    .exec(readFileSync(tailPath(file), 'latin1'))
    ?.slice(1)
    .map(Number);
  return numbers && { salt1: numbers[0]!, salt2: numbers[1]!, frames: numbers[2]! };
}

function readSalts(log: string): Omit<Tail, 'frames'> | undefined {
  const size = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  if (size < HEADER_BYTES) return undefined;
  const fd = openSync(log, 'r');
  try {
    return saltsOf(fd);
  } finally {
    closeSync(fd);
  }
}

function saltsOf(fd: number): Omit<Tail, 'frames'> {
  const header = Buffer.alloc(HEADER_BYTES);
  readSync(fd, header, 0, HEADER_BYTES, 0);
  return { salt1: header.readUInt32BE(16), salt2: header.readUInt32BE(20) };
}
