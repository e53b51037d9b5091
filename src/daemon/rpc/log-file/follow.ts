import { watch } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

const PIECE_BYTES = 64 * 1024;

/** Where reading a followed log stands. */
interface Cursor {
  offset: number;
  inode: number | null;
  rest: string;
}

/** Calls `onLine` with each line that is appended to `file` after `offset`, also across rotation, until `signal` aborts. */
export function followFile(file: string, offset: number, onLine: (line: string) => void, signal: AbortSignal): void {
  if (signal.aborted) return;
  const cursor: Cursor = { offset, inode: null, rest: '' };
  let work = Promise.resolve();
  const look = (): void => {
    work = work.then(() => readOn(file, cursor, onLine)).catch(() => undefined);
  };
  const watcher = watch(dirname(file), { signal, persistent: false }, (_event, name) => {
    if (name === null || name === basename(file) || name.endsWith('.log')) look();
  });
  watcher.on('error', () => watcher.close());
  look();
}

async function readOn(file: string, cursor: Cursor, onLine: (line: string) => void): Promise<void> {
  const handle = await open(file, 'r');
  try {
    const { ino, size } = await handle.stat();
    if ((cursor.inode !== null && cursor.inode !== ino) || size < cursor.offset) cursor.offset = 0;
    cursor.inode = ino;
    while (cursor.offset < size) {
      const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(PIECE_BYTES), position: cursor.offset });
      if (bytesRead === 0) return;
      cursor.offset += bytesRead;
      const lines = (cursor.rest + buffer.toString('utf8', 0, bytesRead)).split('\n');
      cursor.rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    }
  } finally {
    await handle.close();
  }
}
