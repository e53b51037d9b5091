import type { Call } from '../trace.ts';

/** Something that happened to the files of a home, or that its process told. `at` = when in the trace. */
export type DiskEvent =
  | { at: number; do: 'create'; path: string; folder: boolean }
  | { at: number; do: 'unlink'; path: string }
  | { at: number; do: 'rename'; path: string; to: string }
  | { at: number; do: 'write'; path: string; offset: number; data: Buffer }
  | { at: number; do: 'truncate'; path: string; size: number }
  /** What was written before `began` is on the disk. */
  | { at: number; do: 'sync'; path: string; began: number }
  | { at: number; do: 'tell'; text: string };

/** Reads the events of a home from a trace in which every string is in hexadecimal (`strace -y -xx`). */
export function readEvents(calls: Call[], home: string): DiskEvent[] {
  const events = calls.flatMap((call) => toEvent(call));
  const told = events.filter((event) => event.do === 'tell' || isOf(event.path, home));
  return told.toSorted((a, b) => a.at - b.at);
}

/** Neither the index over the log nor the reserve says anything: both are made anew. */
function isOf(path: string, home: string): boolean {
  return (path === home || path.startsWith(`${home}/`)) && !/-shm$|-reserve$|\/(begin|end)$/.test(path);
}

function toEvent(call: Call): DiskEvent[] {
  const { text, began, ended } = call;
  const failed = / = -1 /.test(text);
  if (failed || ended === Infinity) return [];
  const [path = Buffer.alloc(0), to = path] = quoted(text);
  const file = decode(/^\w+\(\d+<([^>]*)>/.exec(text)?.[1] ?? '').toString();
  switch (call.name) {
    case 'openat':
      return text.includes('O_CREAT')
        ? [{ at: began, do: 'create', path: path.toString(), folder: false }, ...truncated(text, path, began)]
        : [];
    case 'unlink':
      return [{ at: began, do: 'unlink', path: path.toString() }];
    case 'rename':
      return [{ at: began, do: 'rename', path: path.toString(), to: to.toString() }];
    case 'mkdir':
      return [{ at: began, do: 'create', path: path.toString(), folder: true }];
    case 'ftruncate':
      return [{ at: began, do: 'truncate', path: file, size: lastNumber(text) }];
    case 'pwrite64':
      return [{ at: began, do: 'write', path: file, offset: lastNumber(text), data: path }];
    case 'write':
      return /^write\(1</.test(text) ? [{ at: ended, do: 'tell', text: path.toString() }] : [];
    case 'fsync':
    case 'fdatasync':
      return [{ at: ended, do: 'sync', path: file, began }];
    default:
      return [];
  }
}

function truncated(text: string, path: Buffer, at: number): DiskEvent[] {
  return text.includes('O_TRUNC') ? [{ at, do: 'truncate', path: path.toString(), size: 0 }] : [];
}

/** The strings of a call. */
function quoted(text: string): Buffer[] {
  return [...text.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex = '']) => decode(hex));
}

function decode(hex: string): Buffer {
  return Buffer.from(hex.replaceAll('\\x', ''), 'hex');
}

/** The last argument: an offset or a size. */
function lastNumber(text: string): number {
  return Number(/, (\d+)\)\s+= /.exec(text)?.[1]);
}
