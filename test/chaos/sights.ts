import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Progress } from './progress.ts';

/** How often the receivers' logs are looked at, ms. */
const LOOK_MS = 50;
/** What every line of such a log holds once. */
const MARK = '"token"';

/** Keeps the count of sights up to date while receivers write their logs. */
export function followSights(paths: readonly string[], progress: Progress): Disposable {
  const counts = paths.map((path) => countSights(path));
  const timer = setInterval(() => {
    const seen = counts.reduce((sum, count) => sum + count(), 0);
    if (seen !== progress.counts.seen) progress.set({ seen });
  }, LOOK_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Counts lines of a growing file; reads only what is new. */
function countSights(path: string): () => number {
  let offset = 0;
  let count = 0;
  return () => {
    const text = readFrom(path, offset);
    const end = text.lastIndexOf('\n') + 1;
    offset += Buffer.byteLength(text.slice(0, end));
    count += text.slice(0, end).split(MARK).length - 1;
    return count;
  };
}

function readFrom(path: string, offset: number): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return '';
  }
  try {
    const buffer = Buffer.alloc(Math.max(0, fstatSync(file).size - offset));
    return buffer.toString('utf8', 0, readSync(file, buffer, 0, buffer.length, offset));
  } finally {
    closeSync(file);
  }
}
