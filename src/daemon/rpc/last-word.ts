import type { Socket } from 'node:net';
import { encodeLine } from '#src/lib/json-lines.ts';
import { errorReply } from './reply.ts';

/** A peer that goes on sending is cut after this long. */
const PATIENCE_MS = 1000;

/** Tells a peer why its connection ends and ends it. What it still sends is read and dropped: closing at once would take the message with it. */
export function lastWord(socket: Socket, error: unknown): void {
  if (socket.destroyed) return;
  socket.on('error', () => socket.destroy());
  socket.on('end', () => socket.destroySoon());
  socket.resume();
  socket.end(encodeLine(errorReply(undefined, error)));
  const patience = setTimeout(() => socket.destroy(), PATIENCE_MS).unref();
  // Until it fires the timer keeps the connection with all that it had read.
  socket.once('close', () => clearTimeout(patience));
}
