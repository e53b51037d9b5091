import { readFileSync, statSync } from 'node:fs';

/** Bytes of SQLite's shared index that stand for its locks (https://sqlite.org/walformat.html, 2.3.1): one writer, readers from 123 on. */
const WRITER_BYTE = 120;
const FIRST_READER_BYTE = 123;
const LAST_READER_BYTE = 127;

/** Other processes that hold a lock of the database `file`, as far as the kernel tells (`/proc/locks`; in a pid namespace only its own). */
export function lockHolders(file: string): { writers: number[]; readers: number[] } {
  const inode = statSync(`${file}-shm`, { throwIfNoEntry: false })?.ino;
  const locks = readLocks().filter((lock) => lock.inode === inode && lock.pid !== process.pid && lock.pid > 0);
  const pids = (from: number, to: number): number[] => [
    ...new Set(locks.filter((lock) => lock.first <= to && lock.last >= from).map(({ pid }) => pid)),
  ];
  return { writers: pids(WRITER_BYTE, WRITER_BYTE), readers: pids(FIRST_READER_BYTE, LAST_READER_BYTE) };
}

interface Lock {
  pid: number;
  inode: number;
  first: number;
  last: number;
}

/** Lines such as `1: POSIX  ADVISORY  WRITE 1234 fe:01:5678 120 120`. */
function readLocks(): Lock[] {
  const line = /^\d+: POSIX +ADVISORY +(?:READ|WRITE) +(\d+) +[0-9a-f]+:[0-9a-f]+:(\d+) +(\d+) +(\d+|EOF)$/gm;
  return [...readText().matchAll(line)].map(([, pid, inode, first, last]) => ({
    pid: Number(pid),
    inode: Number(inode),
    first: Number(first),
    last: last === 'EOF' ? Infinity : Number(last),
  }));
}

function readText(): string {
  try {
    return readFileSync('/proc/locks', 'latin1');
  } catch {
    return '';
  }
}
