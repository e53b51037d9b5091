import type { Response } from 'express';

/** A browser that reads slower than this many bytes behind is cut; it comes back and gets the present state. */
const MOST_UNREAD_BYTES = 1024 * 1024;

/** Writes server-sent events to one browser. */
export interface SseWriter {
  send(event: { name: string; data: string; id?: number }): void;
  end(): void;
}

/** Begins an event stream on `response`; a lost browser tries again after a second. */
export function openSse(response: Response): SseWriter {
  response.status(200).set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  response.flushHeaders();
  response.write('retry: 1000\n\n');
  return {
    send({ name, data, id }) {
      if (response.writableEnded) return;
      const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
      response.write(`event: ${name}\n${id === undefined ? '' : `id: ${id}\n`}${lines.join('')}\n`);
      if (response.writableLength > MOST_UNREAD_BYTES) response.destroy();
    },
    end: () => void response.end(),
  };
}
