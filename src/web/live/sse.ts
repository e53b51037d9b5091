import type { Response } from 'express';

/** A browser that reads slower than this many bytes behind is cut; it comes back and gets the present state. */
const MOST_UNREAD_BYTES = 1024 * 1024;

/** Writes server-sent events to one browser. */
export interface SseWriter {
  /** Begins the answer; sending does so by itself. Until then the request may still be refused. */
  open(): void;
  send(event: { name: string; data: string; id?: number | undefined }): void;
  end(): void;
}

/** An event stream as the answer of a request; a browser that loses it tries again after a second. */
export function sseWriter(response: Response): SseWriter {
  function open(): void {
    if (response.headersSent) return;
    response.status(200).set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    response.flushHeaders();
    response.write('retry: 1000\n\n');
  }
  return {
    open,
    send({ name, data, id }) {
      if (response.writableEnded) return;
      open();
      const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
      response.write(`event: ${name}\n${id === undefined ? '' : `id: ${id}\n`}${lines.join('')}\n`);
      if (response.writableLength > MOST_UNREAD_BYTES) response.destroy();
    },
    end: () => void response.end(),
  };
}
