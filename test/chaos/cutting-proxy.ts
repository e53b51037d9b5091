import { chownSync, chmodSync, renameSync, statSync, watch } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { join } from 'node:path';
import { LineSplitter } from '#src/lib/json-lines.ts';
import { MAX_FRAME_BYTES } from '#src/protocol/frames.ts';

/**
 * What gets lost: the reply, when the connection closes as soon as the request is on its way, in the middle of the reply, or when somebody is killed with the
 * reply unsent; or the request itself, with whoever makes it.
 */
export type Cut = 'request' | 'reply' | 'kill' | 'kill before';

/** What a cut needs to know. */
export interface CutOrder {
  how: Cut;
  /** The calls that it may hit. */
  cmds: readonly string[];
  /** Bytes of the reply that still pass, of a thousand. */
  share: number;
  /** What `kill` does once the reply is there, and `kill before` instead of asking. */
  kill: () => unknown;
}

/** An order until it was carried out or given up: from the first request that fits on it waits for that one's reply. */
interface Armed extends CutOrder {
  taken: string | undefined;
  over: boolean;
  done: () => void;
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
  let inode = 0;

  function takePlace(): void {
    const stat = statSync(front, { throwIfNoEntry: false });
    if (!stat?.isSocket() || stat.ino === inode || !READY_MODES.includes(stat.mode & 0o777)) return;
    renameSync(front, back);
    // The old server's end unlinks `front`: before the new one is there.
    server?.close();
    server = createServer({ allowHalfOpen: true }, pass);
    server.listen(front);
    chownSync(front, stat.uid, stat.gid);
    chmodSync(front, stat.mode & 0o777);
    inode = statSync(front).ino;
  }

  function pass(client: Socket): void {
    const daemon = connect({ path: back, allowHalfOpen: true });
    const drop = (): void => void (client.destroy(), daemon.destroy());
    for (const socket of [client, daemon]) {
      open.add(socket);
      socket.on('error', drop).on('close', () => (open.delete(socket), drop()));
    }
    relay({ client, daemon, drop, armed: () => armed });
  }

  const watcher = watch(folder, takePlace);
  takePlace();
  return {
    cut: (order, signal) =>
      new Promise((resolve) => {
        const end = (cmd: string | undefined): void => {
          signal.removeEventListener('abort', giveUp);
          own.over = true;
          resolve(cmd);
        };
        const giveUp = (): void => end(undefined);
        const own: Armed = { ...order, taken: undefined, over: false, done: () => end(own.taken) };
        armed = own;
        signal.addEventListener('abort', giveUp, { once: true });
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
  /** Closes both ends. */
  drop: () => void;
  armed: () => Armed | undefined;
}

/** Passes bytes both ways and follows the calls in them; a connection that carries no JSON lines is only passed on. */
function relay({ client, daemon, drop, armed }: Relay): void {
  const requests = new LineSplitter(MAX_FRAME_BYTES);
  const replies = new LineSplitter(MAX_FRAME_BYTES);
  const waited = new Map<unknown, Armed>();
  client.on('end', () => daemon.end());
  daemon.on('end', () => client.end());
  client.on('data', (chunk: Buffer) => {
    const asked = frames(requests, chunk);
    const fatal = armed();
    if (fatal?.how === 'kill before' && asked.some(({ cmd }) => take(fatal, cmd))) {
      fatal.kill();
      drop();
      return fatal.done();
    }
    daemon.write(chunk);
    for (const { cmd, call } of asked) {
      const order = armed();
      if (!order || !take(order, cmd)) continue;
      if (order.how === 'request') daemon.write('', () => (drop(), order.done()));
      else waited.set(call, order);
    }
  });
  daemon.on('data', (chunk: Buffer) => {
    const answered = frames(replies, chunk).map(({ call }) => call);
    const order = answered.map((call) => waited.get(call)).find((one) => one && !one.over);
    for (const call of answered) waited.delete(call);
    if (!order) return void client.write(chunk);
    if (order.how === 'kill') order.kill();
    client.write(chunk.subarray(0, Math.floor((chunk.length * order.share) / 1000)), drop);
    order.done();
  });
}

/** The order hits this call, and no other. */
function take(order: Armed, cmd: unknown): boolean {
  if (typeof cmd !== 'string' || order.over || order.taken !== undefined || !order.cmds.includes(cmd)) return false;
  order.taken = cmd;
  return true;
}

function frames(splitter: LineSplitter, chunk: Buffer): Record<string, unknown>[] {
  try {
    return [...splitter.push(chunk)].map((line) => JSON.parse(line) as Record<string, unknown>);
  } catch {
    return [];
  }
}
