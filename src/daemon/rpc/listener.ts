import { once } from 'node:events';
import { unlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Logger } from 'pino';
import { HiveError } from '#src/lib/errors.ts';
import { encodeLine } from '#src/lib/json-lines.ts';
import { ownSocket, type SocketOwner } from '../host/socket-owner.ts';
import { lastWord } from './last-word.ts';
import { errorReply } from './reply.ts';

/** Takes room for a connection; answers how to give it back, or null when there is none. */
export type Enter = () => (() => void) | null;

/** A socket to listen on. */
export interface ListenerOptions {
  path: string;
  owner: SocketOwner;
  /** Connections at once; more are told so and closed. */
  maxConnections: number;
  /** Takes room for one more connection of the daemon; null = there is none. Without it there is always some. */
  enter?: Enter | undefined;
  onConnection(socket: Socket): void;
  log: Logger;
}

/** A listening unix socket; its file goes with it. */
export interface Listener extends AsyncDisposable {
  readonly path: string;
  /** Accepts nothing more; open connections go on. */
  close(): void;
}

/** Listens on a unix socket whose file a dead daemon may have left. Only the holder of the home's lock may call it. */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const { path, owner, maxConnections, onConnection, log } = options;
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const leave = options.enter?.();
    if (leave === null) return turnAway(socket);
    if (leave) socket.once('close', leave);
    if (open.size >= maxConnections) return refuse(socket, path, log);
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    onConnection(socket);
  });
  removeLeft(path);
  await bind(server, path);
  ownSocket(path, owner);
  server.on('error', (error) => log.error({ err: error, path }, 'socket failed'));
  return {
    path,
    close: () => void server.close(),
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}

/** Removes the file of a socket that a dead daemon left, as it does for each agent at every start: `rmSync` would take twice as long. */
function removeLeft(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

async function bind(server: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > 107) {
    throw new HiveError('invalid', `the socket path ${path} is longer than 107 bytes: choose a shorter runtime folder`);
  }
  server.listen(path);
  if (!server.listening) await once(server, 'listening');
}

/** Descriptors are short: this one is free again at once, whatever the peer does; what the kernel took still reaches it. */
function turnAway(socket: Socket): void {
  const text = 'the hive has too many connections: close some, then try again';
  socket.on('error', () => undefined);
  socket.write(encodeLine(errorReply(undefined, new HiveError('limited', text, { retry: true }))));
  socket.destroy();
}

function refuse(socket: Socket, path: string, log: Logger): void {
  log.warn({ path }, 'too many connections');
  const error = new HiveError('limited', 'too many connections to this socket: close some', { retry: true });
  lastWord(socket, error);
}
