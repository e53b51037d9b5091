import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { DamagedError } from './damage.ts';

/** First bytes of every SQLite file (https://sqlite.org/fileformat2.html, 1.3). */
const MAGIC = 'SQLite format 3\0';
const HEADER_BYTES = 100;

/**
 * Refuses a database file that SQLite would silently start over or misread: empty, cut, or not a database. Answers whether there is one.
 * Throws {@link DamagedError}. Only before SQLite has the file open in this process: closing a descriptor of it would drop SQLite's locks.
 */
export function checkFile(file: string): boolean {
  const wal = `${file}-wal`;
  if (!existsSync(file)) {
    if (existsSync(wal) && statSync(wal).size > 0)
      throw new DamagedError(file, `it is missing, but its log ${wal} is there`);
    return false;
  }
  const fd = openSync(file, 'r');
  try {
    const { size } = fstatSync(fd);
    const header = Buffer.alloc(HEADER_BYTES);
    const read = readSync(fd, header, 0, HEADER_BYTES, 0);
    const walIsEmpty = !existsSync(wal) || statSync(wal).size === 0;
    const problem = headerProblem(header.subarray(0, read), size, walIsEmpty);
    if (problem) throw new DamagedError(file, problem);
  } finally {
    closeSync(fd);
  }
  return true;
}

function headerProblem(header: Buffer, size: number, walIsEmpty: boolean): string | undefined {
  if (size === 0) return 'it is empty';
  if (header.length < HEADER_BYTES) return `it is cut after ${size} bytes`;
  if (header.toString('latin1', 0, 16) !== MAGIC) return 'it does not begin like an SQLite database';
  const pageSize = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  const pages = header.readUInt32BE(28);
  const counted = header.readUInt32BE(24) === header.readUInt32BE(92);
  if (walIsEmpty && counted && size < pages * pageSize)
    return `it has ${size} bytes of ${pages * pageSize}: it was cut`;
  return undefined;
}
