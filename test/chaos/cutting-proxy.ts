import { chownSync, chmodSync, renameSync, statSync, watch } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { join } from 'node:path';
import { LineSplitter } from '#src/lib/json-lines.ts';
import { MAX_FRAME_BYTES } from '#src/protocol/frames.ts';

/** How a reply gets lost: the connection closes as soon as the request is on its way, in the middle of the reply, or somebody is killed with the reply unsent. */
export type Cut = 'request' | 'reply' | 'kill';

/** What a cut needs to know. */
export interface CutOrder {
  how: Cut;
  /** The calls that it may hit. */
  cmds: readonly string[];
  /** Bytes of the reply that still pass, of a thousand. */
  share: number;
  /** What `kill` does once the reply is there. */
  kill: () => unknown;
}

interface Armed extends CutOrder {
  done: (cmd: string) => void;
}

/** Stands between one agent's socket and everybody who uses it, container and clients alike, and loses replies on order. */
export interface CuttingProxy extends AsyncDisposable {
  /** Cuts the next reply that fits; answers its command, or undefined when none came before `signal` aborted. */
  cut(order: CutOrder, signal: AbortSignal): Promise<string | undefined>;
}

/** A socket as the daemon leaves it once it belongs to its agent. */
const READY_MODES = [0o600, 0o660];

/** Takes the place of `hive.sock` in `folder` now and after every restart of the daemon. */
export function openCuttingProxy(folder: string): CuttingProxy {
  const front = join(folder, 'hive.sock');
  const back = join(folder, 'real.sock');
  const open = new Set<Socket>();
  let armed: Armed | undefined;
  let server: Server | undefined;
  let own = 0;

  function takePlace(): void {
    const stat = statSync(front, { throwIfNoEntry: false });
    if (!stat?.isSocket() || stat.ino === own || !READY_MODES.includes(stat.mode & 0o777)) return;
    renameSync(front, back);
    server?.close();
    server = createServer({ allowHalfOpen: true }, pass);
    server.listen(front);
    chownSync(front, stat.uid, stat.gid);
    chmodSync(front, stat.mode & 0o777);
    own = statSync(front).ino;
  }

  function pass(client: Socket): void {
    const daemon = connect({ path: back, allowHalfOpen: true });
    const drop = (): void => void (client.destroy(), daemon.destroy());
    for (const socket of [client, daemon]) {
      open.add(socket);
      socket.on('error', drop).on('close', () => (open.delete(socket), drop()));
    }
    relay({ client, daemon, drop, armed: () => armed, disarm: () => (armed = undefined) });
  }

  const watcher = watch(folder, takePlace);
  takePlace();
  return {
    cut: (order, signal) =>
      new Promise((resolve) => {
        const give = (cmd: string | undefined): void => {
          signal.removeEventListener('abort', expire);
          armed = undefined;
          resolve(cmd);
        };
        const expire = (): void => give(undefined);
        armed = { ...order, done: give };
        signal.addEventListener('abort', expire, { once: true });
      }),
    async [Symbol.asyncDispose]() {
      watcher.close();
      server?.close();
      for (const socket of open) socket.destroy();
    },
  };
}

interface Relay {
  client: Socket;
  daemon: Socket;
  drop: () => void;
  armed: () => Armed | undefined;
  disarm: () => void;
}

/** Passes bytes both ways and follows the calls in them; a connection that carries no JSON lines is only passed on. */
function relay({ client, daemon, drop, armed, disarm }: Relay): void {
  const requests = new LineSplitter(MAX_FRAME_BYTES);
  const replies = new LineSplitter(MAX_FRAME_BYTES);
  const waited = new Map<unknown, Armed>();
  client.on('end', () => daemon.end());
  daemon.on('end', () => client.end());
  client.on('data', (chunk: Buffer) => {
    daemon.write(chunk);
    for (const { cmd, call } of frames(requests, chunk)) {
      const order = armed();
      if (!order || typeof cmd !== 'string' || !order.cmds.includes(cmd)) continue;
      disarm();
      const noted: Armed = { ...order, done: () => order.done(cmd) };
      if (order.how === 'request') daemon.write('', () => (drop(), noted.done(cmd)));
      else waited.set(call, noted);
    }
  });
  daemon.on('data', (chunk: Buffer) => {
    const hit = frames(replies, chunk).find(({ call }) => call !== undefined && waited.has(call));
    const order = hit && waited.get(hit['call']);
    if (!order) return void client.write(chunk);
    if (order.how === 'kill') order.kill();
    client.write(chunk.subarray(0, Math.floor((chunk.length * order.share) / 1000)), drop);
    order.done('');
  });
}

function frames(splitter: LineSplitter, chunk: Buffer): Record<string, unknown>[] {
  try {
    return [...splitter.push(chunk)].map((line) => JSON.parse(line) as Record<string, unknown>);
  } catch {
    return [];
  }
}
