import { once } from 'node:events';
import {
  type Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';

/** A whole response. */
export interface Response {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** Sends one request as written: paths are not normalised, as `fetch` would. */
export async function ask(
  base: string,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string | Buffer; agent?: Agent } = {},
): Promise<Response> {
  const { hostname, port } = new URL(base);
  const { body, agent = false, ...rest } = options;
  const out = request({ hostname, port, path, agent, ...rest });
  out.end(body);
  const [response] = (await once(out, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, text: await text(response) };
}

/** Writes raw bytes to a port and answers everything that comes back until the other side ends. */
export async function askRaw(base: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(base);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.write(bytes);
  return text(socket);
}

/** A request as a recording server got it. */
export interface Recorded {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** Port of the client's end: equal for requests that share a connection. */
  remotePort: number;
}

/** A server on loopback that records every request and answers as told. */
export interface RecordingServer extends AsyncDisposable {
  url: string;
  port: number;
  requests: Recorded[];
}

/** Starts one; `reply` answers after the body was read (200 and an empty object when left out). */
export async function startRecordingServer(
  reply: (req: Recorded, res: ServerResponse) => void = (_req, res) => void res.end('{}'),
): Promise<RecordingServer> {
  const requests: Recorded[] = [];
  const server = createServer((req, res) => {
    text(req).then(
      (body) => {
        const { method = '', url = '', headers } = req;
        const recorded = { method, url, headers, body, remotePort: req.socket.remotePort ?? 0 };
        requests.push(recorded);
        return reply(recorded, res);
      },
      () => res.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A push request that updates `ref`, up to its pack. */
export function pushRequest(ref: string): { method: string; body: string } {
  const line = `${'0'.repeat(40)} ${'1'.repeat(40)} ${ref}\0report-status side-band-64k`;
  return { method: 'POST', body: `${(line.length + 4).toString(16).padStart(4, '0')}${line}0000PACK` };
}
