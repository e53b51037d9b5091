import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HOOK_URL } from '../client/system-hook.ts';
import { isSigned } from './signature.ts';

/** An address of the hive's own: Gitea's proxy setting leads here and nothing else does (FACTS/gitea §16). */
const ADDRESS = '127.0.0.42';
const MAX_BYTES = 16 * 1024 * 1024;

/** One call of the forge's webhook whose signature was checked. */
export interface HookDelivery {
  /** Unique per call, also when Gitea repeats it. */
  id: string;
  /** As in `X-Gitea-Event`. */
  event: string;
  body: unknown;
}

/** The daemon's end of the forge's webhook. */
export interface HookReceiver extends AsyncDisposable {
  /** What Gitea gets as its proxy for webhooks. */
  proxy: string;
}

/** What one call needs. */
interface Receiving {
  secret: string;
  take(delivery: HookDelivery): void;
}

/**
 * Listens for the hive's own webhook in the form of a proxy request. Everything else that an agent's webhook could send here (another
 * address, no or a wrong signature, a hook of a repository) gets 403 and is dropped.
 */
export async function startReceiver(secret: string, take: (delivery: HookDelivery) => void): Promise<HookReceiver> {
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    void serve(request, response, { secret, take });
  });
  server.on('connect', (_request, socket) => socket.destroy());
  server.listen(0, ADDRESS);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    proxy: `http://${ADDRESS}:${port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function serve(request: IncomingMessage, response: ServerResponse, to: Receiving): Promise<void> {
  try {
    const delivery = await receive(request, to.secret);
    answer(response, delivery ? 204 : 403);
    if (delivery) to.take(delivery);
  } catch {
    answer(response, 400);
  }
}

async function receive(request: IncomingMessage, secret: string): Promise<HookDelivery | undefined> {
  const id = header(request, 'x-gitea-delivery');
  const event = header(request, 'x-gitea-event');
  const system = header(request, 'x-gitea-hook-installation-target-type') === 'system';
  if (request.method !== 'POST' || request.url !== HOOK_URL || !system || !id || !event) return undefined;
  const body = await readBody(request);
  if (!isSigned(body, secret, header(request, 'x-gitea-signature'))) return undefined;
  return { id, event, body: JSON.parse(body.toString('utf8')) };
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new Error('the webhook body is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function answer(response: ServerResponse, status: number): void {
  response.writeHead(status, { connection: 'close' }).end();
}
