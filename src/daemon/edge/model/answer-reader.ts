import type { IncomingHttpHeaders } from 'node:http';
import { createEventReader } from './event-stream.ts';
import type { UsageMeter } from './usage-meter.ts';

/** An answer that is not streamed is kept up to this size to read its usage; longer ones are charged by estimate. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** Reads an answer along while it passes. */
export interface AnswerReader {
  chunk(chunk: Buffer): void;
  /** The answer is complete. */
  end(): void;
}

/** Feeds `meter` from a stream or from one JSON body, as the content type says. Throws for a compressed answer, which could not be metered. */
export function createAnswerReader(headers: IncomingHttpHeaders, meter: UsageMeter): AnswerReader {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity')
    throw new Error(`the provider answered with content-encoding ${encoding} although none was accepted`);
  if (isEventStream(headers)) return { chunk: createEventReader(meter.event), end: () => undefined };
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    chunk(chunk) {
      size += chunk.length;
      if (size <= MAX_ANSWER_BYTES) chunks.push(chunk);
    },
    end() {
      if (size <= MAX_ANSWER_BYTES) meter.answer(parse(Buffer.concat(chunks)));
    },
  };
}

/** Whether these headers announce an event stream. */
export function isEventStream(headers: IncomingHttpHeaders): boolean {
  return headers['content-type']?.startsWith('text/event-stream') ?? false;
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
