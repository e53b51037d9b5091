import type { Readable } from 'node:stream';

const CHARACTERS = 2000;

/** Keeps the last {@link CHARACTERS} characters of a stream, for error messages; the returned function answers them. */
export function keepTail(stream: Readable): () => string {
  let tail = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => (tail = (tail + text).slice(-CHARACTERS)));
  stream.on('error', () => {});
  return () => tail.trim();
}
