import type { IncomingMessage, ServerResponse } from 'node:http';

/** Answers with one line or more of plain text. */
export function answerText(res: ServerResponse, status: number, text: string): void {
  answer(res, status, { type: 'text/plain; charset=utf-8', body: `${text}\n` });
}

/** Answers with JSON. */
export function answerJson(res: ServerResponse, status: number, body: object): void {
  answer(res, status, { type: 'application/json', body: JSON.stringify(body) });
}

function answer(res: ServerResponse, status: number, { type, body }: { type: string; body: string }): void {
  if (res.destroyed || res.headersSent) return;
  res.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  res.end(body);
}

/** Tells a client that waits for it (`Expect: 100-continue`) to send its body; call before reading one. */
export function wantBody(req: IncomingMessage, res: ServerResponse): void {
  if (req.headers.expect?.toLowerCase() === '100-continue') res.writeContinue();
}

/** Aborted when the client goes away before its response is complete. */
export function clientGone(res: ServerResponse): AbortSignal {
  const gone = new AbortController();
  res.once('close', () => {
    if (!res.writableFinished) gone.abort();
  });
  if (res.destroyed) gone.abort();
  return gone.signal;
}
