import { once } from 'node:events';
import { connect as dial, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { rm } from 'node:fs/promises';
import { HiveError, toHiveError } from '#src/lib/errors.ts';
import { serviceLine } from '#src/protocol/frames.ts';
import { encodeLine, LineSplitter, parseLine, readLine } from '#src/lib/json-lines.ts';

/** One call as the scripted daemon got it. */
export interface RecordedCall {
  cmd: string;
  input: Record<string, unknown>;
  /** Number of the connection, from 1. */
  connection: number;
}

/** Answers a call with the fields of the output, or throws a HiveError. */
export type Answer = (call: RecordedCall, peer: Peer) => object | Promise<object>;

/** The connection a call came on. */
export interface Peer {
  /** Pushes a stream's event. */
  push(event: object): void;
  /** Cuts it, as a daemon that dies would. */
  cut(): void;
}

/**
 * An agent's socket whose answers a test writes: for what a real daemon does not do on request, such as losing a reply. `services` are TCP ports
 * that the other services are joined to.
 */
export interface ScriptedDaemon extends AsyncDisposable {
  calls: RecordedCall[];
  of(cmd: string): RecordedCall[];
  answers: Record<string, Answer>;
  services: Partial<Record<string, number>>;
  /** Pushes to every open `control` stream. */
  order(event: object): void;
  /** As SIGKILL of the daemon: every connection breaks and nobody listens. */
  kill(): Promise<void>;
  listen(): Promise<void>;
}

/** Listens at `path`; disposing is a {@link ScriptedDaemon.kill}. */
export async function startScriptedDaemon(path: string, answers: Record<string, Answer>): Promise<ScriptedDaemon> {
  const open = new Set<Socket>();
  const controls = new Set<Peer>();
  let server: Server | undefined;
  let connections = 0;
  const daemon: ScriptedDaemon = {
    calls: [],
    of: (cmd) => daemon.calls.filter((call) => call.cmd === cmd),
    answers,
    services: {},
    order: (event) => controls.forEach((peer) => peer.push(event)),
    async kill() {
      for (const socket of open) socket.destroy();
      server?.close();
      if (server) await once(server, 'close');
      server = undefined;
      controls.clear();
    },
    async listen() {
      await rm(path, { force: true });
      server = createServer({ allowHalfOpen: true }, (socket) => {
        open.add(socket);
        socket.on('close', () => open.delete(socket)).on('error', () => socket.destroy());
        void accept(socket, ++connections).catch(() => socket.destroy());
      });
      server.listen(path);
      await once(server, 'listening');
    },
    [Symbol.asyncDispose]: () => daemon.kill(),
  };

  async function accept(socket: Socket, connection: number): Promise<void> {
    const { service } = serviceLine.parse(parseLine(await readLine(socket, 1024)));
    socket.write(encodeLine({ ok: true }));
    if (service === 'rpc') return speak(socket, connection);
    const port = daemon.services[service];
    if (port === undefined) return void socket.destroy();
    join(socket, port);
  }

  function speak(socket: Socket, connection: number): void {
    const splitter = new LineSplitter();
    socket.on('end', () => socket.destroy());
    socket.on('data', (chunk) => {
      for (const line of splitter.push(chunk)) {
        const { call: number, cmd, ...input } = parseLine(line);
        const call = { cmd: String(cmd), input, connection };
        const reply = replyTo(socket, number);
        const peer: Peer = { push: (event) => reply({ event }), cut: () => void socket.destroy() };
        daemon.calls.push(call);
        answer(daemon, call, peer).then(reply, (error: unknown) => reply(refusal(error)));
        if (cmd === 'hello') controls.add(peer);
      }
    });
  }

  await daemon.listen();
  return daemon;
}

function join(socket: Socket, port: number): void {
  const upstream = dial({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => socket.destroy());
  socket
    .on('close', () => upstream.destroy())
    .pipe(upstream)
    .pipe(socket);
}

async function answer({ answers }: ScriptedDaemon, call: RecordedCall, peer: Peer): Promise<object> {
  const scripted = answers[call.cmd];
  if (!scripted) throw new HiveError('invalid', `the script has no answer to ${call.cmd}`);
  return { ok: true, ...(await scripted(call, peer)) };
}

function replyTo(socket: Socket, call: unknown): (frame: object) => void {
  return (frame) => {
    if (!socket.destroyed) socket.write(encodeLine({ call, version: 1, ...frame }));
  };
}

function refusal(error: unknown): object {
  const { code, message, retry } = toHiveError(error);
  return { ok: false, code, error: message, retry };
}
