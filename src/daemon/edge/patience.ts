import type { Socket } from 'node:net';
import type { Clock } from '#src/lib/clock.ts';

/** Ends connections that say nothing where they should. */
export interface Patience {
  /** The socket has `ms` from now; an earlier grace is replaced. */
  give(socket: Socket, ms: number): void;
  /** No limit until the next `give`. */
  stop(socket: Socket): void;
}

/** One timer per waiting connection. */
export function createPatience(clock: Clock): Patience {
  const timers = new WeakMap<Socket, () => void>();
  const stop = (socket: Socket): void => timers.get(socket)?.();
  return {
    give(socket, ms) {
      if (timers.has(socket)) stop(socket);
      else socket.once('close', () => stop(socket));
      if (socket.destroyed) return;
      timers.set(
        socket,
        clock.after(ms, () => socket.destroy()),
      );
    },
    stop,
  };
}
