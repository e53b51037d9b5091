import { once } from 'node:events';
import { type IncomingMessage, type OutgoingHttpHeaders, request, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { answerText } from '../answer.ts';
import type { HostTarget } from './host-target.ts';

/** Headers between two hops (RFC 9110 §7.6.1), and what only concerns the proxy. */
const HOP_BY_HOP = [
  'connection',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** Sends one plain request over a connection that was opened for it, and streams the answer back. */
export async function passPlain(passage: {
  req: IncomingMessage;
  res: ServerResponse;
  target: HostTarget & { path: string };
  socket: Socket;
}): Promise<void> {
  const { req, res, target, socket } = passage;
  const { host, port, path } = target;
  res.once('close', () => socket.destroy());
  const out = request({
    createConnection: () => socket,
    method: req.method,
    path,
    headers: { ...endToEnd(req), host: port === 80 ? host : `${host}:${port}`, connection: 'close' },
  });
  const answered = once(out, 'response') as Promise<[IncomingMessage]>;
  pipeline(req, out).catch(() => undefined);
  const [response] = await answered.catch(() => [undefined]);
  if (!response) return answerText(res, 502, `${host}:${port} ended the connection.`);
  out.on('error', () => undefined);
  res.writeHead(response.statusCode ?? 502, endToEnd(response));
  await pipeline(response, res).catch(() => undefined);
}

function endToEnd({ headers }: IncomingMessage): OutgoingHttpHeaders {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name) && !named.includes(name)),
  );
}
