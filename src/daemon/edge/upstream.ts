import { once } from 'node:events';
import { type IncomingMessage, type OutgoingHttpHeaders, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** One request to a server behind the edge. */
export interface UpstreamRequest {
  url: URL;
  method: string;
  headers: OutgoingHttpHeaders;
  /** Sent first, then `rest`. */
  head: Buffer;
  rest?: Readable | undefined;
  signal: AbortSignal;
}

/**
 * Sends a request over a connection of its own and answers once the response's header is there. A connection is never used again: no two principals
 * ever share one, and nothing that one request leaves behind reaches another.
 */
export async function askUpstream({
  url,
  method,
  headers,
  head,
  rest,
  signal,
}: UpstreamRequest): Promise<IncomingMessage> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const framing = rest ? { 'transfer-encoding': 'chunked' } : bodyLength(method, head);
  const out = send(url, { method, headers: { ...headers, ...framing }, agent: false, signal });
  const answered = once(out, 'response') as Promise<[IncomingMessage]>;
  if (rest) {
    out.write(head);
    // An upstream that refuses early answers before the body is through: its answer counts, not the broken pipe.
    pipeline(rest, out).catch(() => undefined);
  } else {
    out.end(head);
  }
  const [response] = await answered;
  // From here on the reader of the response learns of a broken connection.
  out.on('error', () => undefined);
  return response;
}

function bodyLength(method: string, body: Buffer): OutgoingHttpHeaders {
  return body.length > 0 || !['GET', 'HEAD', 'DELETE'].includes(method) ? { 'content-length': body.length } : {};
}
