import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { z } from 'zod';
import { method } from '#src/protocol/method.ts';
import type { Context, Handler, Principal } from '#src/daemon/rpc/api.ts';
import { Connection } from '#src/daemon/rpc/connection.ts';
import { createDispatch } from '#src/daemon/rpc/dispatch.ts';
import { InFlight } from '#src/daemon/rpc/in-flight.ts';
import { handler } from '#src/daemon/rpc/handler.ts';
import { listen } from '#src/daemon/rpc/listener.ts';

const log = pino({ level: 'silent' });

const echo = method({
  cmd: 'echo',
  callers: ['operator', 'web', 'harness'],
  input: z.strictObject({ text: z.string() }),
  output: z.object({ text: z.string() }),
});
const hang = method({
  cmd: 'hang',
  callers: ['operator', 'harness'],
  input: z.strictObject({}),
  output: z.object({}),
});
const flood = method({
  cmd: 'flood',
  callers: ['operator'],
  input: z.strictObject({}),
  output: z.object({}),
  stream: z.object({ type: z.literal('x'), text: z.string() }),
});
const big = method({
  cmd: 'big',
  callers: ['operator'],
  input: z.strictObject({}),
  output: z.object({ text: z.string() }),
});

/** A listening socket with four methods, and what it noticed. */
export interface Served extends AsyncDisposable {
  dial(): Promise<Socket>;
  aborted: number;
  pushed: number;
  /** Those that are open. */
  connections: Connection[];
  path: string;
}

const CONTEXT = {
  config: { release: '0.0.0' },
  broker: { mayReach: () => true },
  webSessions: {
    resolve: (token: string) => (token === 'good' ? { subject: '1', name: 'zoe' } : undefined),
  },
} as unknown as Context;

/** What the four methods do; `noticed` counts what clients cannot see. */
function handlersOf(noticed: Pick<Served, 'aborted' | 'pushed'>): Handler[] {
  return [
    handler(echo, async ({ input }) => ({ text: input.text })),
    handler(
      hang,
      ({ signal }) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => (noticed.aborted++, reject(new Error('closed')))),
        ),
    ),
    handler(flood, async ({ push, signal }) => {
      const again = (): void => {
        if (signal.aborted) return void noticed.aborted++;
        push({ type: 'x', text: 'x'.repeat(60_000) });
        noticed.pushed++;
        setImmediate(again);
      };
      setImmediate(again);
      return {};
    }),
    handler(big, async () => ({ text: 'x'.repeat(1024 * 1024) })),
  ];
}

/** Listens for one kind of caller, with the daemon's own connections and dispatch. */
export async function serve(
  principal: Principal = { kind: 'operator' },
  { maxConnections = 8, lineMs }: { maxConnections?: number; lineMs?: number } = {},
): Promise<Served> {
  const dir = mkdtempSync(join(tmpdir(), 'hive-rpc-'));
  const path = join(dir, 'x.sock');
  const served = { aborted: 0, pushed: 0, connections: [] as Connection[] };
  const inFlight = new InFlight();
  const dispatch = createDispatch({ context: CONTEXT, handlers: handlersOf(served), log, checkOutput: true });
  const onConnection = (socket: Socket): void => {
    const connection = new Connection(socket, {
      principal,
      serve: dispatch,
      inFlight,
      log,
      endsWithInput: principal.kind === 'agent',
      ...(lineMs !== undefined && { lineMs }),
    });
    served.connections.push(connection);
    socket.once('close', () => served.connections.splice(served.connections.indexOf(connection), 1));
  };
  const listener = await listen({ path, owner: { mode: 0o600 }, maxConnections, onConnection, log });
  return Object.assign(served, {
    path,
    async dial() {
      const socket = connect({ path, allowHalfOpen: true });
      await once(socket, 'connect');
      return socket;
    },
    async [Symbol.asyncDispose]() {
      await listener[Symbol.asyncDispose]();
      rmSync(dir, { recursive: true });
    },
  });
}

/** Sends raw bytes, ends the input, and answers the frames that come back. */
export async function say(socket: Socket, bytes: string | Buffer): Promise<Record<string, unknown>[]> {
  socket.end(bytes);
  return (await text(socket))
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
