import { open } from 'node:fs/promises';

/** How far back from the end of a log lines are looked for. */
const TAIL_BYTES = 512 * 1024;

/** The last complete and incomplete lines of a log, at most `max`, and the file's size when it was read. A missing file has none. */
export async function lastLines(file: string, max: number): Promise<{ lines: string[]; size: number }> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (handle === null) return { lines: [], size: 0 };
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(size - start), position: start });
    const lines = buffer.toString('utf8', 0, bytesRead).split('\n');
    if (start > 0) lines.shift();
    if (lines.at(-1) === '') lines.pop();
    return { lines: lines.slice(-max), size };
  } finally {
    await handle.close();
  }
}
