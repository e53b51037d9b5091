import type { IncomingMessage } from 'node:http';
import type { TakeSlot } from '../slots.ts';
import { takeBody } from '../take-body.ts';

/** Ordinary requests, also of long conversations, are below this. */
const LARGE_BYTES = 1024 * 1024;
const MAX_BYTES = 16 * 1024 * 1024;

/** A request's body; `done` must be called when the call is over, since until then the daemon keeps the body in memory. */
export interface ReadRequest {
  /** Parsed JSON; undefined when it was none. */
  body: unknown;
  done(): void;
}

/** Reads a body into memory; answers why not when it is too large or too many large ones are under way. */
export async function readRequest(
  req: IncomingMessage,
  agent: string,
  takeLargeSlot: TakeSlot,
): Promise<ReadRequest | { tooLarge: string } | { tooMany: string }> {
  const { head, rest } = await takeBody(req, LARGE_BYTES);
  if (!rest) return { body: parse(head), done: () => undefined };
  const done = takeLargeSlot(agent);
  if (!done)
    return { tooMany: 'Several calls of yours with more than 1 MiB are under way: wait for one of them to end.' };
  try {
    const more = await takeBody(rest, MAX_BYTES - head.length);
    if (!more.rest) return { body: parse(Buffer.concat([head, more.head])), done };
  } catch (error) {
    done();
    throw error;
  }
  done();
  return { tooLarge: `A request is at most ${MAX_BYTES / 1024 / 1024} MiB.` };
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
