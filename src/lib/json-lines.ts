import type { Readable } from 'node:stream';
import { HiveError } from './errors.ts';

const NEWLINE = 0x0a;
const DEFAULT_MAX_BYTES = 1024 * 1024;
/** What is nested deeper than the stack is (some thousands) fails wherever it is walked. */
const MAX_DEPTH = 200;
/** Shorter lines cannot be nested so deep that it hurts. */
const MAY_NEST = 2000;
/** For whole lines: nothing of one is left for the next. */
const DECODER = new TextDecoder('utf-8', { fatal: true });

/**
 * Cuts a byte stream into lines of UTF-8 text, whatever the chunks: a character that is split between two chunks stays whole, and at most
 * `maxBytes` are ever held back.
 */
export class LineSplitter {
  readonly #maxBytes: number;
  #pending: Buffer[] = [];
  #size = 0;

  /** `maxBytes` counts the newline, too. */
  constructor(maxBytes: number = DEFAULT_MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes of a line that has not ended yet; more than 0 at the end of a stream means that the last line was cut. */
  get pendingBytes(): number {
    return this.#size;
  }

  /** The lines that `chunk` completes, without their newlines. Throws `invalid` for a line that is too long or not UTF-8; nothing may be pushed after that. */
  *push(chunk: Buffer): Generator<string, void> {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end < 0) break;
      yield this.#take(chunk.subarray(start, end));
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
  }

  #keep(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#size += piece.length;
    this.#checkSize(this.#size);
    this.#pending.push(piece);
  }

  #take(piece: Buffer): string {
    this.#checkSize(this.#size + piece.length);
    const line = this.#pending.length === 0 ? piece : Buffer.concat([...this.#pending, piece]);
    this.#pending = [];
    this.#size = 0;
    try {
      return DECODER.decode(line);
    } catch (cause) {
      throw new HiveError('invalid', 'a line is not valid UTF-8: send JSON text, one object a line', { cause });
    }
  }

  #checkSize(withoutNewline: number): void {
    if (withoutNewline < this.#maxBytes) return;
    throw new HiveError(
      'invalid',
      `a line is longer than ${this.#maxBytes} bytes: send less at once, long texts as files`,
    );
  }
}

/** The first line of a byte stream, and what came behind it, whatever the chunks. */
export class FirstLine {
  readonly #splitter: LineSplitter;

  /** `maxBytes` counts the newline, too. */
  constructor(maxBytes: number) {
    this.#splitter = new LineSplitter(maxBytes);
  }

  /** The line once `chunk` completes it; nothing may be pushed after that. Throws `invalid` for a line that is too long or not UTF-8. */
  push(chunk: Buffer): { line: string; rest: Buffer } | undefined {
    const end = chunk.indexOf(NEWLINE) + 1;
    const [line] = this.#splitter.push(end === 0 ? chunk : chunk.subarray(0, end));
    return line === undefined ? undefined : { line, rest: chunk.subarray(end) };
  }
}

/** One value as a line of JSON with its newline. Throws `invalid` when that is longer than `maxBytes`. */
export function encodeLine(value: unknown, maxBytes: number = DEFAULT_MAX_BYTES): string {
  const line = `${JSON.stringify(value)}\n`;
  const bytes = Buffer.byteLength(line);
  if (bytes <= maxBytes) return line;
  throw new HiveError('invalid', `a frame of ${bytes} bytes is longer than ${maxBytes}: ask for less at once`);
}

/** Parses one line; it must hold a JSON object, nested at most {@link MAX_DEPTH} deep. Throws `invalid`. */
export function parseLine(line: string): Record<string, unknown> {
  if (line.length > MAY_NEST && isTooDeep(line))
    throw new HiveError('invalid', `a line is nested more than ${MAX_DEPTH} deep: send flat objects`);
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new HiveError('invalid', 'a line is not JSON: send one JSON object a line', { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new HiveError('invalid', 'a line holds no JSON object: send one JSON object a line');
}

/** Counts brackets outside of texts, which it leaps over. */
function isTooDeep(line: string): boolean {
  let depth = 0;
  for (let at = 0; at < line.length; at++) {
    const character = line[at];
    if (character === '"') at = endOfText(line, at);
    else if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') depth--;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

function endOfText(line: string, start: number): number {
  for (let end = line.indexOf('"', start + 1); end > 0; end = line.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (line[end - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return line.length;
}

/**
 * Reads exactly one line and puts back whatever came after it, so that the stream can be handed to somebody else; it is left paused.
 * Throws `invalid` (too long, not UTF-8), `unavailable` (the stream ended first), or the signal's reason.
 */
export function readLine(stream: Readable, maxBytes: number, signal?: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const first = new FirstLine(maxBytes);
    const settle = (act: () => void): void => {
      stream.off('readable', onReadable).off('end', onEnd).off('close', onEnd).off('error', onError);
      signal?.removeEventListener('abort', onAbort);
      act();
    };
    const fail = (error: unknown): void => settle(() => reject(error));
    const onAbort = (): void => fail(signal?.reason);
    const onEnd = (): void => fail(new HiveError('unavailable', 'the connection closed before its first line ended'));
    const onError = (cause: Error): void =>
      fail(new HiveError('unavailable', `the connection broke: ${cause.message}`, { cause }));
    const onReadable = (): void => {
      for (let chunk: Buffer | null; (chunk = stream.read() as Buffer | null) !== null;) {
        try {
          const found = first.push(chunk);
          if (!found) continue;
          if (found.rest.length > 0) stream.unshift(found.rest);
          return settle(() => resolve(found.line));
        } catch (error) {
          return fail(error);
        }
      }
    };
    if (signal?.aborted) return reject(signal.reason);
    if (stream.destroyed || stream.readableEnded) return onEnd();
    signal?.addEventListener('abort', onAbort, { once: true });
    stream.on('readable', onReadable).on('end', onEnd).on('close', onEnd).on('error', onError);
  });
}
