import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { AgentService } from '#src/protocol/frames.ts';
import { openSocket } from '#src/protocol/connect.ts';
import { withRetry } from '#src/protocol/retry.ts';

/** How long a new connection waits for a daemon that is being restarted. */
const PATIENCE_MS = 20_000;

/** A service of the daemon as seen on the container's loopback. */
export interface Pipe extends AsyncDisposable {
  port: number;
}

/** What is listened on, and what it is joined to. */
export interface PipeOptions {
  service: Exclude<AgentService, 'rpc'>;
  /** The agent's socket. */
  socket: string;
  host: string;
  /** 0 = a free one. */
  port: number;
}

/**
 * Listens on loopback and carries every connection's bytes, unread, to the daemon's edge on a connection of its own. A daemon that stays away
 * answers 503 in its place.
 */
export async function listenPipe({ service, socket, host, port }: PipeOptions): Promise<Pipe> {
  const open = new Set<Socket>();
  const stop = new AbortController();
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (inside) => {
    open.add(inside);
    inside.on('close', () => open.delete(inside));
    void carry(inside, service, socket, stop.signal);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen({ host, port }, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      stop.abort();
      for (const each of open) each.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function carry(
  inside: Socket,
  service: Exclude<AgentService, 'rpc'>,
  path: string,
  stop: AbortSignal,
): Promise<void> {
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  inside.on('error', leave).once('close', leave);
  const signal = AbortSignal.any([stop, gone.signal]);
  try {
    const connecting = () => openSocket(path, { service, signal });
    const { value: outside } = await withRetry(connecting, { signal, budgetMs: PATIENCE_MS });
    join(inside, outside);
  } catch (error) {
    if (!inside.destroyed) inside.end(refusal(error));
  }
}

/** Both directions; an error on one side ends both, the end of one direction only that direction. */
function join(inside: Socket, outside: Socket): void {
  const end = (): void => {
    inside.destroy();
    outside.destroy();
  };
  inside.on('error', end).on('close', end);
  outside.on('error', end).on('close', end);
  inside.pipe(outside);
  outside.pipe(inside);
}

function refusal(error: unknown): string {
  const text = `${error instanceof Error ? error.message : String(error)}\n`;
  const head = ['HTTP/1.1 503 Service Unavailable', 'Content-Type: text/plain; charset=utf-8', 'Retry-After: 5'];
  return [...head, `Content-Length: ${Buffer.byteLength(text)}`, 'Connection: close', '', text].join('\r\n');
}
