import { once } from 'node:events';
import type { Readable } from 'node:stream';

/** The beginning of a request's body, and the stream of what is left when it is longer. */
export interface TakenBody {
  head: Buffer;
  /** Undefined when `head` is all of it. */
  rest: Readable | undefined;
}

/** Reads a body until its end or until more than `limit` bytes are there. Rejects when the client goes away first. */
export async function takeBody(stream: Readable, limit: number): Promise<TakenBody> {
  const chunks: Buffer[] = [];
  let size = 0;
  for (;;) {
    const chunk = stream.read() as Buffer | null;
    if (chunk) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > limit) return { head: Buffer.concat(chunks), rest: stream };
    } else if (stream.readableEnded) {
      return { head: Buffer.concat(chunks), rest: undefined };
    } else {
      await moreOrEnd(stream);
    }
  }
}

async function moreOrEnd(stream: Readable): Promise<void> {
  if (stream.destroyed) throw new Error('the client went away while it sent its request');
  const done = new AbortController();
  const { signal } = done;
  try {
    await Promise.race([
      once(stream, 'readable', { signal }),
      once(stream, 'end', { signal }),
      once(stream, 'close', { signal }),
    ]);
  } finally {
    done.abort();
  }
}
